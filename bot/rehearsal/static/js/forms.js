// The forms (modals) that a bot opens.

import { freshId, icon, make } from "./dom.js";
import { markdown } from "./markdown.js";
import { Chooser, choosable } from "./menu.js";
import { Tray } from "./tray.js";

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
      if (fields.some((field) => field.busy?.())) {
        problem.textContent = "Wait until the files have arrived.";
        return;
      }
      submit.classList.add("busy");
      const values = Object.fromEntries(fields.filter((f) => f.name).map((f) => [f.name, f.value()]));
      const result = await this.store.act("modal", { interaction_id: interaction.id, fields: values });
      problem.textContent = "";
      for (const field of fields) field.complain?.("");
      if (!result.error) {
        this.answered(result.interaction.id, (error) => {
          submit.classList.remove("busy");
          if (error) problem.textContent = "Something went wrong. Try again.";
          else dialog.close();
        });
        return;
      }
      submit.classList.remove("busy");
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

  // The form stays open until the bot has taken what was written: nobody types a long text twice.
  answered(id, done) {
    const look = () => {
      const one = this.store.interactions.get(id);
      if (!one?.answered && !one?.error) return;
      this.store.removeEventListener("interaction", look);
      done(one.error);
    };
    this.store.addEventListener("interaction", look);
    look();
  }

  fields(part) {
    if (part.type === 10) return [{ element: make("div.text", {}, markdown(part.content, this.context)) }];
    if (part.type === 1) return part.components.map((child) => this.field(child, child));
    return part.type === 18 ? [this.field(part.component, part)] : [];
  }

  field(part, labelled) {
    const input = this.input(part, labelled);
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
      if (required && input.main.matches("input, textarea, [role=combobox]")) input.main.setAttribute("aria-required", "true");
    }
    const hint = labelled.description ? make("small", {}, labelled.description) : null;
    const attributes = grouped ? { role: "group", "aria-labelledby": label.id } : {};
    const element = make("div.field", attributes, input.count ?? null, label, hint, input.element, complaint);
    const complain = (text) => {
      complaint.textContent = text;
      input.main?.setAttribute("aria-invalid", text ? "true" : "false");
    };
    input.tray?.listen(complain);
    return { name: part.custom_id, element, value: input.value, focus: input.focus, complain, busy: () => input.tray?.busy };
  }

  input(part, labelled) {
    if (part.type === 4) return this.text(part);
    if (part.type === 19) return this.files(part);
    if (part.type >= 21) return this.ticks(part);
    const chooser = new Chooser(part, choosable(part, this.store, this.context.channelId()), null, labelled.label);
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
    const most = part.max_values ?? 1;
    const tray = new Tray({ store: this.store, channelId: () => this.context.channelId(), most });
    const words = most > 1 ? `Choose or drop up to ${most} files` : "Choose or drop a file";
    const main = make("button.add-file", { type: "button", onclick: () => tray.choose() }, icon("plus"), words);
    const element = make("div.drop", {}, main, tray.element);
    element.addEventListener("dragover", (event) => event.preventDefault());
    element.addEventListener("drop", (event) => {
      event.preventDefault();
      tray.add([...event.dataTransfer.files]);
    });
    tray.changed = () => (main.hidden = tray.files.length >= most);
    return { element, main, tray, value: () => tray.sent.map((file) => file.id), focus: () => main.focus() };
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
