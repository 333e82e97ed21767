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

export function textObject(object, context) {
  return object.type === "mrkdwn" ? mrkdwn(object.text, context.names) : [plainText(object.text)];
}

const BLOCKS = {
  section(block, context) {
    const text = block.text && el("div", { class: "text" }, ...textObject(block.text, context));
    const fields = block.fields && el("div", { class: "fields" },
      ...block.fields.map((field) => el("div", { class: "field" }, ...textObject(field, context))));
    const accessory = block.accessory && el("div", { class: "accessory" }, element(block.accessory, context));
    return el("div", { class: "section" }, el("div", { class: "section-body" }, text, fields), accessory);
  },
  header: (block) => el("h3", { class: "header-block" }, plainText(block.text.text)),
  divider: () => el("hr"),
  context: (block, context) => el("div", { class: "context" },
    ...block.elements.map((part) => (part.type === "image" ? image(part) : el("span", {}, ...textObject(part, context))))),
  actions: (block, context) => el("div", { class: "actions" }, ...block.elements.map((part) => element(part, context))),
  context_actions: (block, context) => el("div", { class: "actions quiet" }, ...block.elements.map((part) => element(part, context))),
  markdown: (block, context) => el("div", { class: "markdown" }, ...markdown(block.text, context.names)),
  image: (block) => image(block),
  input: (block, context) => field(block, context),
};

// Pictures are not fetched: the playground is offline and a picture's address can carry secrets out.
const image = (part) => el("span", { class: "picture", role: "img", "aria-label": part.alt_text }, `🖼 ${part.alt_text}`);

function element(part, context) {
  switch (part.type) {
    case "button": return button(part, context);
    case "static_select": return select(part, (value) => context.press(part, value));
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

function select(part, onchange) {
  const options = part.options.map((option) => el("option", { value: option.value }, plainText(option.text.text)));
  const hint = el("option", { value: "" }, part.placeholder?.text ?? "Select an item");
  const node = el("select", { class: "select", onchange: () => node.value && onchange(node.value) }, hint, ...options);
  node.value = part.initial_option?.value ?? "";
  return node;
}

/** An input block: label, control, hint, and a place for its error. `context.typed` keeps what was typed. */
function field(block, context) {
  const { element: part, block_id: id } = block;
  const name = `field-${id}`;
  const control = controlFor(part, (value) => { context.typed[id] = value; });
  const value = context.typed?.[id] ?? part.initial_value ?? part.initial_option?.value;
  if (value !== undefined) { control.value = value; context.typed[id] = value; }
  for (const [key, setting] of Object.entries({ id: name, "aria-describedby": `${name}-note`, maxlength: part.max_length })) {
    if (setting !== undefined) control.setAttribute(key, setting);
  }
  if (!block.optional) control.setAttribute("aria-required", "true");
  return el("div", { class: "field-block", "data-block": id },
    el("label", { for: name }, plainText(block.label.text), block.optional && el("span", { class: "muted" }, " (optional)")),
    control,
    el("div", { id: `${name}-note`, class: "note" }, block.hint ? plainText(block.hint.text) : ""));
}

function controlFor(part, keep) {
  if (part.type === "static_select") return select(part, keep);
  const tag = part.multiline ? "textarea" : "input";
  const type = part.type === "number_input" ? "number" : "text";
  const attributes = { class: "control", placeholder: part.placeholder?.text, oninput: (event) => keep(event.target.value) };
  const limits = part.type === "number_input" ? { min: part.min_value, max: part.max_value, step: part.is_decimal_allowed ? "any" : "1" } : {};
  return el(tag, { ...attributes, ...limits, ...(part.multiline ? { rows: 4 } : { type }) });
}
