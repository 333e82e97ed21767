// Block Kit as the playground shows it. `context` tells the names and what a press does.

import { el } from "/dom.js";
import { plainText } from "/inline.js";
import { markdown, mrkdwn } from "/richtext.js";

/** Nodes for a list of blocks; an unknown type says so instead of vanishing. */
export function blocks(list, context) {
  return list.map((block) => {
    const build = BLOCKS[block.type];
    const node = build ? build(block, context) : el("div", { class: "unsupported" }, `(${block.type} block)`);
    node.classList.add("block");
    return node;
  });
}

/** What of `typed` the blocks still have a place for: `{block_id: {action_id: value}}`. */
export function filled(list, typed) {
  const places = list.flatMap((block) => [block.element, block.accessory, ...(block.elements ?? [])]
    .filter((part) => part?.action_id && typed[block.block_id]?.[part.action_id] !== undefined)
    .map((part) => [block.block_id, part.action_id]));
  const values = {};
  for (const [block, action] of places) (values[block] ??= {})[action] = typed[block][action];
  return values;
}

export function textObject(object, context) {
  return object.type === "mrkdwn" ? mrkdwn(object.text, context.names) : [plainText(object.text)];
}

const TASK_MARKS = { complete: "✓", error: "✕", in_progress: "…", pending: "○" };

const BLOCKS = {
  section(block, context) {
    const text = block.text && el("div", { class: "text" }, ...textObject(block.text, context));
    const fields = block.fields && el("div", { class: "fields" },
      ...block.fields.map((field) => el("div", { class: "field" }, ...textObject(field, context))));
    const accessory = block.accessory && el("div", { class: "accessory" }, element(block.accessory, context, block.block_id));
    return el("div", { class: "section" }, el("div", { class: "section-body" }, text, fields), accessory);
  },
  header: (block) => el("h3", { class: "header-block" }, plainText(block.text.text)),
  divider: () => el("hr"),
  context: (block, context) => el("div", { class: "context" },
    ...block.elements.map((part) => (part.type === "image" ? image(part) : el("span", {}, ...textObject(part, context))))),
  actions: (block, context) => el("div", { class: "actions" }, ...block.elements.map((part) => element(part, context, block.block_id))),
  context_actions: (block, context) => el("div", { class: "actions quiet" }, ...block.elements.map((part) => element(part, context, block.block_id))),
  markdown: (block, context) => el("div", { class: "markdown" }, ...markdown(block.text, context.names)),
  task_card: (block) => el("div", { class: `task ${block.status}` },
    el("span", { class: "task-mark", "aria-label": block.status.replace("_", " ") }, TASK_MARKS[block.status] ?? "○"), plainText(block.title)),
  image: (block) => image(block),
  input: (block, context) => field(block, context),
};

// Pictures are not fetched: the playground is offline and a picture's address can carry secrets out.
const image = (part) => el("span", { class: "picture", role: "img", "aria-label": part.alt_text }, `🖼 ${part.alt_text}`);

function element(part, context, block) {
  switch (part.type) {
    case "button": return button(part, context);
    case "static_select":
    case "checkboxes": return control(part, block, context, (value) => context.press(part, value));
    case "feedback_buttons":
      return el("span", { class: "feedback", role: "group", "aria-label": "Feedback" },
        ...[part.positive_button, part.negative_button].map((choice, i) => el("button", {
          type: "button", class: "feedback-button", "aria-label": choice.text.text, title: choice.text.text,
          onclick: () => context.press(part, choice.value),
        }, i ? "👎" : "👍")));
    case "image": return image(part);
    default: return el("span", { class: "unsupported" }, `(${part.type})`);
  }
}

function button(part, context) {
  const node = el("button", {
    type: "button",
    class: `button ${part.style ?? ""}`,
    "aria-label": part.accessibility_label,
    onclick: async () => {
      if (part.confirm && !(await context.confirm(part.confirm))) return;
      if (part.url) window.open(part.url, "_blank", "noopener,noreferrer");
      node.disabled = true;
      node.classList.add("busy");
      await context.press(part, part.value);
      node.disabled = false;
      node.classList.remove("busy");
    },
  }, plainText(part.text.text));
  return node;
}

function select(part, value, onchange) {
  const options = part.options.map((option) => el("option", { value: option.value }, plainText(option.text.text)));
  const hint = el("option", { value: "" }, part.placeholder?.text ?? "Select an item");
  const node = el("select", { class: "select", onchange: () => onchange(node.value) }, hint, ...options);
  node.value = value ?? "";
  return node;
}

function checkboxes(part, chosen, onchange, context) {
  const ticked = () => [...node.querySelectorAll("input:checked")].map((box) => box.value);
  const node = el("div", { class: "checkboxes", role: "group" }, ...part.options.map((option) => el("label", { class: "checkbox" },
    el("input", { type: "checkbox", value: option.value, checked: (chosen ?? []).includes(option.value), onchange: () => onchange(ticked()) }),
    el("span", {}, ...textObject(option.text, context),
      option.description && el("span", { class: "note" }, ...textObject(option.description, context))))));
  return node;
}

function textField(part, value, oninput, onchange) {
  const number = part.type === "number_input";
  const limits = number ? { min: part.min_value, max: part.max_value, step: part.is_decimal_allowed ? "any" : "1" } : {};
  return el(part.multiline ? "textarea" : "input", {
    class: "control", placeholder: part.placeholder?.text, value: value ?? "", maxlength: part.max_length, ...limits,
    ...(part.multiline ? { rows: 4 } : { type: number ? "number" : "text" }),
    oninput: (event) => oninput(event.target.value), onchange: (event) => onchange(event.target.value),
  });
}

const initial = (part) => part.initial_value ?? part.initial_option?.value ?? part.initial_options?.map((option) => option.value);

/** A control that keeps its value in `context.typed`, if there is one, and tells `onchange` when it is left or chosen. */
function control(part, block, context, onchange = () => {}) {
  const kept = context.typed ? (context.typed[block] ??= {}) : {};
  const keep = (value) => { kept[part.action_id] = value; };
  const value = kept[part.action_id] ?? initial(part);
  if (value !== undefined) keep(value);
  const both = (chosen) => { keep(chosen); if (chosen !== "") onchange(chosen); };
  if (part.type === "static_select") return select(part, value, both);
  if (part.type === "checkboxes") return checkboxes(part, value, both, context);
  return textField(part, value, keep, onchange);
}

/** An input block: label, control, hint, and a place for its error. */
function field(block, context) {
  const { element: part, block_id: id } = block;
  const name = `field-${id}`;
  const node = control(part, id, context, block.dispatch_action ? (value) => context.press(part, value) : undefined);
  node.id = name;
  node.setAttribute("aria-describedby", `${name}-note`);
  if (part.type === "checkboxes") node.setAttribute("aria-labelledby", `${name}-label`);
  else if (!block.optional) node.setAttribute("aria-required", "true");
  return el("div", { class: "field-block", "data-block": id },
    el(part.type === "checkboxes" ? "div" : "label", { class: "label", id: `${name}-label`, for: part.type === "checkboxes" ? undefined : name },
      plainText(block.label.text), block.optional && el("span", { class: "muted" }, " (optional)")),
    node,
    el("div", { id: `${name}-note`, class: "note" }, block.hint ? plainText(block.hint.text) : ""));
}
