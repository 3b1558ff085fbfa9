// The forms (modals) that a bot opens.

import { freshId, make } from "./dom.js";
import { markdown } from "./markdown.js";
import { Chooser, choosable } from "./menu.js";

export class FormOpener {
  constructor(store, context) {
    this.store = store;
    this.context = context;
    this.seen = new Set();
    store.addEventListener("interaction", ({ detail }) => {
      if (detail.modal && !this.seen.has(detail.id)) this.open(detail);
    });
  }

  open(interaction) {
    this.seen.add(interaction.id);
    const { modal } = interaction;
    const fields = modal.components.flatMap((part) => this.fields(part));
    const problem = make("p.problem", { role: "alert" });
    const title = make("h2", { id: freshId("form") }, modal.title);
    const submit = make("button.button.primary", { type: "submit" }, make("span", {}, "Submit"));
    const form = make(
      "form.form",
      { noValidate: true },
      make("header", {}, title, make("button.close", { type: "button", "aria-label": "Close", onclick: () => dialog.close() }, "×")),
      make("div.fields", {}, fields.map((field) => field.element), problem),
      make("footer", {}, make("button.button.secondary", { type: "button", onclick: () => dialog.close() }, "Cancel"), submit),
    );
    const dialog = make("dialog", { "aria-labelledby": title.id }, form);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      submit.classList.add("busy");
      const values = Object.fromEntries(fields.filter((f) => f.name).map((f) => [f.name, f.value()]));
      const result = await this.store.act("modal", { interaction_id: interaction.id, fields: values });
      submit.classList.remove("busy");
      problem.textContent = "";
      for (const field of fields) field.complain?.("");
      if (!result.error) {
        dialog.close();
        return;
      }
      for (const field of fields) field.complain?.(result.problems[field.name] ?? "");
      const wrong = fields.find((field) => result.problems[field.name]);
      if (wrong) wrong.focus();
      else problem.textContent = result.error;
    });
    const back = document.activeElement;
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (back?.isConnected) back.focus();
    });
    document.body.append(dialog);
    dialog.showModal();
    fields.find((field) => field.name)?.focus();
  }

  fields(part) {
    if (part.type === 10) return [{ element: make("div.text", {}, markdown(part.content, this.context)) }];
    if (part.type === 1) return part.components.map((child) => this.field(child, child));
    return part.type === 18 ? [this.field(part.component, part)] : [];
  }

  field(part, labelled) {
    const input = this.input(part);
    const id = freshId("field");
    const complaint = make("p.problem", { id: `${id}-problem` });
    const required = part.type !== 23 && part.required !== false && (part.min_values ?? 1) > 0;
    const star = required ? make("span.star", { title: "required", "aria-label": "required" }, " *") : null;
    const grouped = !input.main;
    const label = make(grouped ? "div.legend" : "label", { id: `${id}-label` }, labelled.label ?? "", star);
    if (input.main) {
      input.main.id = id;
      label.htmlFor = id;
      input.main.setAttribute("aria-describedby", complaint.id);
      if (required) input.main.setAttribute("aria-required", "true");
    }
    const hint = labelled.description ? make("small", {}, labelled.description) : null;
    const attributes = grouped ? { role: "group", "aria-labelledby": label.id } : {};
    const element = make("div.field", attributes, input.count ?? null, label, hint, input.element, complaint);
    const complain = (text) => {
      complaint.textContent = text;
      input.main?.setAttribute("aria-invalid", text ? "true" : "false");
    };
    return { name: part.custom_id, element, value: input.value, focus: input.focus, complain };
  }

  input(part) {
    if (part.type === 4) return this.text(part);
    if (part.type === 19) return this.files(part);
    if (part.type >= 21) return this.ticks(part);
    const chooser = new Chooser(part, choosable(part, this.store));
    return { element: chooser.element, main: chooser.button, value: () => chooser.values, focus: () => chooser.button.focus() };
  }

  text(part) {
    const attributes = { value: part.value ?? "", placeholder: part.placeholder ?? "", maxLength: part.max_length ?? 4000 };
    const main = make(part.style === 2 ? "textarea" : "input", part.style === 2 ? attributes : { type: "text", ...attributes });
    const count = part.max_length ? make("span.count", { "aria-hidden": "true" }) : null;
    const tell = () => count && (count.textContent = `${main.value.length} / ${part.max_length}`);
    main.addEventListener("input", tell);
    tell();
    // In a text of many lines Enter makes a line; with Ctrl it sends.
    main.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) main.form.requestSubmit();
    });
    return { element: main, main, count, value: () => main.value, focus: () => main.focus() };
  }

  files(part) {
    const main = make("input", { type: "file", multiple: (part.max_values ?? 1) > 1 });
    let ids = [];
    main.addEventListener("change", async () => {
      const results = await Promise.all([...main.files].map((file) => this.store.upload(file, this.context.channelId())));
      main.setCustomValidity(results.find((one) => one.error)?.error ?? "");
      ids = results.filter((one) => one.attachment).map((one) => one.attachment.id);
    });
    return { element: main, main, value: () => ids, focus: () => main.focus() };
  }

  ticks(part) {
    const type = part.type === 21 ? "radio" : "checkbox";
    const name = freshId("pick");
    const options = part.type === 23 ? [{ label: "Yes", value: "yes", default: part.default }] : part.options;
    const boxes = options.map((option) => make("input", { type, name, value: option.value, checked: Boolean(option.default) }));
    const rows = options.map((option, index) => {
      const hint = option.description ? make("small", {}, option.description) : null;
      return make("label.pick", {}, boxes[index], make("span", {}, option.label, hint));
    });
    const chosen = () => boxes.filter((box) => box.checked).map((box) => box.value);
    const value = () => (part.type === 23 ? boxes[0].checked : chosen());
    return { element: make("div", {}, rows), value, focus: () => boxes[0].focus() };
  }
}
