// Modals and confirm dialogs, on the browser's own <dialog>: focus stays inside, Escape closes.

import { codeStrip } from "/authenticator.js";
import { blocks, filled, textObject } from "/blocks.js";
import { el, iconButton } from "/dom.js";
import { plainText } from "/inline.js";

let shown = { node: null, mark: "", id: "" };
let typed = {};
let typedIn = "";

/** Show the topmost of `views`, or none. What was typed in it outlives an update of the view. */
export function showModal(views, actions) {
  const view = views.at(-1);
  const mark = view ? `${view.id} ${view.hash}` : "";
  if (mark === shown.mark) return;
  const focused = document.activeElement?.id;
  shown.node?.remove();
  if (view?.id !== shown.id) typed = {};
  shown = { node: null, mark, id: view?.id };
  if (!view) return;
  shown.node = dialog(view, actions);
  document.body.append(shown.node);
  shown.node.showModal();
  const again = view.id === typedIn && focused && shown.node.querySelector(`#${CSS.escape(focused)}`);
  typedIn = view.id;
  (again || shown.node.querySelector("textarea, input, select"))?.focus();
}

function dialog(view, actions) {
  const title = el("h2", { id: "modal-title" }, plainText(view.title.text));
  const context = { names: actions.names, confirm: actions.confirm, typed, press: (part, value) => actions.press(view, part, value, filled(view.blocks, typed)) };
  const errors = el("p", { class: "error general", role: "alert", hidden: true });
  const close = () => actions.close(view);
  const submit = view.submit && el("button", { type: "submit", class: "button primary" }, plainText(view.submit.text));
  const send = async (event) => {
    event.preventDefault();
    submit.disabled = true;
    const found = await actions.submit(view, filled(view.blocks, typed));
    submit.disabled = false;
    if (found) showErrors(node, errors, found);
  };
  const form = el("form", { onsubmit: send, novalidate: true },
    el("div", { class: "modal-head" }, title, iconButton("close", "Close", close)),
    el("div", { class: "modal-body" }, errors, ...blocks(view.blocks, context)),
    el("div", { class: "modal-foot" },
      el("button", { type: "button", class: "button", onclick: close }, plainText(view.close?.text ?? (view.submit ? "Cancel" : "Close"))), submit));
  const node = el("dialog", { class: "modal", "aria-labelledby": "modal-title", "aria-modal": "true" }, form,
    view.blocks.some((block) => block.element?.type === "plain_text_input") && codeStrip(actions.me));
  node.addEventListener("cancel", (event) => { event.preventDefault(); close(); });
  return node;
}

function showErrors(node, general, found) {
  for (const old of node.querySelectorAll(".field-block .error")) old.remove();
  for (const bad of node.querySelectorAll("[aria-invalid]")) bad.removeAttribute("aria-invalid");
  general.hidden = !found[""];
  general.textContent = found[""] ?? "";
  for (const [block, message] of Object.entries(found)) {
    const field = block && node.querySelector(`[data-block="${CSS.escape(block)}"]`);
    if (!field) continue;
    field.append(el("p", { class: "error", role: "alert" }, message));
    field.querySelector("textarea, input, select")?.setAttribute("aria-invalid", "true");
  }
  node.querySelector("[aria-invalid]")?.focus();
}

/** Ask as a confirm object says; true if the person agrees. */
export function confirmDialog(question, names) {
  return new Promise((resolve) => {
    const answer = (yes) => { node.remove(); resolve(yes); };
    const style = question.style === "danger" ? "danger filled" : "primary";
    const node = el("dialog", { class: "modal small", role: "alertdialog", "aria-labelledby": "confirm-title", "aria-modal": "true" },
      el("div", { class: "modal-head" }, el("h2", { id: "confirm-title" }, plainText(question.title.text))),
      el("div", { class: "modal-body" }, ...textObject(question.text, { names })),
      el("div", { class: "modal-foot" },
        el("button", { type: "button", class: "button", onclick: () => answer(false) }, plainText(question.deny.text)),
        el("button", { type: "button", class: `button ${style}`, onclick: () => answer(true) }, plainText(question.confirm.text))));
    node.addEventListener("cancel", () => answer(false));
    document.body.append(node);
    node.showModal();
  });
}
