// A slash command being filled in: one pill for each option, with its explanation, choices and complaints above.

import { dots, freshId, icon, make } from "./dom.js";
import { Menu } from "./menu.js";

const KINDS = { 3: "text", 4: "whole number", 5: "true or false", 6: "person", 7: "channel", 8: "role", 9: "person or role", 10: "number", 11: "file" };

export class CommandPills {
  constructor({ store, command, values = {}, panel, channelId, send, leave }) {
    Object.assign(this, { store, command, panel, channelId, send, leave });
    this.pills = new Map();
    this.problems = {};
    this.menu = new Menu({ label: "Choices", pick: (item) => this.take(item) });
    this.name = make("span.command-name", {}, `/${command.shown}`);
    this.more = make("button.more", { type: "button", onclick: () => this.offerMore(), onfocus: () => this.explain(), onkeydown: (event) => this.moreKey(event) });
    this.element = make("div.pills", { role: "group", "aria-label": `Command ${command.shown}` }, this.name, this.more);
    for (const option of command.options) if (option.required || option.name in values) this.add(option, values[option.name]);
    this.count();
  }

  get rest() {
    return this.command.options.filter((option) => !this.pills.has(option.name));
  }

  count() {
    const left = this.rest.length;
    this.more.hidden = left === 0;
    const required = [...this.pills.values()].length > 0;
    this.more.textContent = required ? `+${left} optional` : `${left} optional`;
  }

  add(option, value = "") {
    const id = freshId("pill");
    const label = make("label.option", { htmlFor: id }, option.local_name);
    const pill = { option, value: null, element: make("span.pill", { "data-option": option.name }, label) };
    if (option.type === 11) this.addFile(pill, id);
    else {
      // A prompt may be long: text without choices wraps instead of running out of sight.
      const wraps = option.type === 3 && !option.choices?.length;
      pill.input = make(wraps ? "textarea" : "input", {
        id,
        ...(wraps ? { rows: 1 } : { type: "text" }),
        value,
        spellcheck: option.type === 3,
        inputMode: option.type === 4 ? "numeric" : option.type === 10 ? "decimal" : "text",
        "aria-required": option.required ? "true" : null,
        "aria-autocomplete": "list",
        "aria-description": `${option.local_description}. ${KINDS[option.type] ?? ""}`,
        onfocus: () => this.focusOn(pill),
        oninput: () => this.typed(pill),
        onkeydown: (event) => this.key(event, pill),
      });
      pill.element.append(pill.input);
    }
    pill.focus = () => (pill.input ?? pill.picker).focus();
    this.pills.set(option.name, pill);
    this.element.insertBefore(pill.element, this.more);
    this.count();
    return pill;
  }

  addFile(pill, id) {
    const chooser = make("input.unseen", { type: "file", tabIndex: -1, "aria-hidden": "true", onchange: () => this.upload(pill, chooser.files[0]) });
    pill.picker = make("button.pick-file", { id, type: "button", onclick: () => chooser.click(), onfocus: () => this.focusOn(pill), onkeydown: (event) => event.key !== "Enter" && this.key(event, pill) }, icon("file"), "Choose, drop or paste a file");
    pill.element.append(pill.picker, chooser);
  }

  async upload(pill, file) {
    if (!file) return;
    pill.picker.replaceChildren("Loading…");
    const result = await this.store.upload(file, this.channelId);
    if (result.error) {
      pill.picker.replaceChildren("Choose another file");
      this.complain({ [pill.option.name]: result.error });
      return;
    }
    pill.value = result.attachment.id;
    const isImage = file.type.startsWith("image/");
    const image = isImage ? make("img", { src: URL.createObjectURL(file), alt: "" }) : null;
    pill.picker.replaceChildren(...[image, file.name].filter(Boolean));
    this.complain({ ...this.problems, [pill.option.name]: undefined });
  }

  // A file was dropped or pasted: it goes to the first file option that has none, which may still have to be added.
  takeFile(file) {
    const option = this.command.options.find((o) => o.type === 11 && !this.pills.get(o.name)?.value);
    if (!option) return false;
    const pill = this.pills.get(option.name) ?? this.add(option);
    this.upload(pill, file);
    pill.focus();
    return true;
  }

  // The button beside the pills: the same for those who look for it there.
  chooseFile() {
    const option = this.command.options.find((o) => o.type === 11 && !this.pills.get(o.name)?.value);
    if (option) (this.pills.get(option.name) ?? this.add(option)).picker.click();
  }

  begin() {
    const empty = [...this.pills.values()].find((pill) => pill.input && !pill.input.value);
    const last = [...this.pills.values()].filter((pill) => pill.input).at(-1);
    (empty ?? last ?? [...this.pills.values()][0])?.focus();
    if (!this.pills.size) (this.rest.length ? this.more : this.element).focus();
  }

  // The panel above

  focusOn(pill) {
    this.current = pill;
    this.explain(pill);
    this.suggest(pill, true);
  }

  explain(pill = null) {
    const { option } = pill ?? {};
    const nodes = [];
    if (option) {
      const problem = this.problems[option.name];
      const kind = `${KINDS[option.type] ?? ""}${option.required ? "" : ", optional"}${range(option)}`;
      nodes.push(make("div.about", {}, make("b", {}, option.local_name), make("span", {}, option.local_description), make("span.kind", {}, kind), problem ? make("span.problem", { role: "alert" }, problem) : null));
    } else {
      nodes.push(make("div.about", {}, make("b", {}, `/${this.command.shown}`), make("span", {}, this.command.description)));
    }
    this.list = make("div");
    nodes.push(this.list);
    nodes.push(make("div.keys", { "aria-hidden": "true" }, make("kbd", {}, "Enter"), " sends · ", make("kbd", {}, "Tab"), " next option · ", make("kbd", {}, "Esc"), " leaves the command"));
    this.panel.replaceChildren(...nodes);
    this.panel.hidden = false;
  }

  showList(items, heading, pick, active = 0) {
    this.menu.pick = pick;
    this.menu.release();
    this.menu.owner = document.activeElement;
    this.list.replaceChildren(...(items.length ? [this.menu.element] : []));
    this.menu.show(items, { heading, active });
  }

  suggest(pill, opened = false) {
    const { option } = pill;
    this.menu.items = [];
    if (!pill.input) return;
    const typed = pill.input.value.trim().toLowerCase();
    const matching = (items) => (opened && pill.value ? items : items.filter((item) => item.label.toLowerCase().includes(typed)));
    const items = option.autocomplete ? null : offered(option, this.store, this.channelId);
    const pick = (item) => this.take(item);
    if (items) this.showList(matching(items), option.choices ? "Choices" : null, pick, typed ? 0 : -1);
    else if (option.autocomplete) this.askBot(pill, pick);
    else this.list.replaceChildren();
  }

  askBot(pill, pick) {
    clearTimeout(this.asking);
    this.asking = setTimeout(async () => {
      const { name } = pill.option;
      const typed = pill.input.value;
      const options = { ...this.values(), [name]: typed };
      const result = await this.store.act("autocomplete", { channel: this.channelId, name: this.command.name, options, focused: name });
      if (this.current !== pill || pill.input.value !== typed || !this.list) return;
      const items = (result.choices ?? []).map((choice) => ({ label: choice.name, value: choice.value }));
      this.showList(items, items.length ? "Suggestions" : null, pick, typed ? 0 : -1);
      if (result.error) this.list.replaceChildren(make("div.about.soft", { role: "status" }, "Loading options failed"));
      else if (!items.length) this.list.replaceChildren(make("div.about.soft", { role: "status" }, "Nothing matches what you have typed"));
    }, 120);
    if (!this.menu.items.length) this.list.replaceChildren(make("div.about.soft", {}, dots(), "Loading suggestions"));
  }

  take(item) {
    const pill = this.current;
    pill.input.value = item.label;
    pill.value = item.value;
    this.problems[pill.option.name] = undefined;
    pill.element.classList.remove("wrong");
    this.menu.items = [];
    this.menu.release();
    this.list.replaceChildren();
    const next = [...this.pills.values()].find((one) => one !== pill && one.option.required && !this.filled(one));
    next?.focus();
  }

  offerMore() {
    this.explain();
    const items = this.rest.map((option) => ({ label: option.local_name, hint: option.local_description, value: option.name, side: KINDS[option.type] }));
    this.showList(items, "Optional", (item) => this.add(this.rest.find((option) => option.name === item.value)).focus());
  }

  moreKey(event) {
    if (this.menu.items.length && this.list?.contains(this.menu.element) && this.menu.key(event)) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      this.offerMore();
    } else this.escape(event);
  }

  // Typing

  typed(pill) {
    pill.value = null;
    if (this.problems[pill.option.name]) this.complain({ ...this.problems, [pill.option.name]: undefined });
    // "seed:" inside the text means the option of that name, as in Discord.
    const jump = /(?:^|\s)([-_'\p{L}\p{N}]+):$/u.exec(pill.input.value);
    const option = jump && pill.option.type === 3 && this.command.options.find((one) => [one.name, one.local_name].includes(jump[1]) && one !== pill.option);
    if (option) {
      pill.input.value = pill.input.value.slice(0, jump.index).trimEnd();
      (this.pills.get(option.name) ?? this.add(option)).focus();
      return;
    }
    this.suggest(pill);
  }

  key(event, pill) {
    if (event.isComposing) return;
    const listed = this.menu.items.length && this.list?.contains(this.menu.element);
    if (listed && (event.key !== "Enter" && event.key !== "Tab" ? true : this.menu.active >= 0) && this.menu.key(event)) return;
    if (event.key === "Enter") {
      event.preventDefault();
      this.send();
    } else if (event.key === "Backspace" && !pill.input?.value) {
      event.preventDefault();
      this.removeOrLeave(pill);
    } else if (event.key === "Tab" && !event.shiftKey && pill === [...this.pills.values()].at(-1) && this.rest.length) {
      event.preventDefault();
      this.more.focus();
      this.offerMore();
    } else if (event.key === "ArrowRight" && atEnd(pill.input)) this.step(pill, 1);
    else if (event.key === "ArrowLeft" && atStart(pill.input)) this.step(pill, -1);
    else this.escape(event);
  }

  escape(event) {
    if (event.key !== "Escape") return;
    event.preventDefault();
    this.leave();
  }

  step(pill, by) {
    const all = [...this.pills.values()];
    all[all.indexOf(pill) + by]?.focus();
  }

  removeOrLeave(pill) {
    const all = [...this.pills.values()];
    const before = all[all.indexOf(pill) - 1];
    if (pill.option.required && !before) return this.leave(`/${this.command.name}`);
    if (!pill.option.required) {
      pill.element.remove();
      this.pills.delete(pill.option.name);
      this.count();
    }
    if (before) return before.focus();
    return this.pills.size ? [...this.pills.values()][0].focus() : this.leave(`/${this.command.name}`);
  }

  filled(pill) {
    return pill.input ? pill.input.value.trim() !== "" : pill.value !== null;
  }

  values() {
    const filled = [...this.pills.values()].filter((pill) => this.filled(pill));
    return Object.fromEntries(filled.map((pill) => [pill.option.name, pill.value ?? pill.input.value.trim()]));
  }

  // What can be typed again from the history.
  words() {
    const filled = [...this.pills.values()].filter((pill) => pill.input?.value.trim());
    return Object.fromEntries(filled.map((pill) => [pill.option.name, pill.input.value.trim()]));
  }

  complain(problems) {
    this.problems = problems;
    for (const [name, text] of Object.entries(problems)) {
      const option = this.command.options.find((one) => one.name === name);
      if (text && option && !this.pills.has(name)) this.add(option);
    }
    for (const [name, pill] of this.pills) {
      pill.element.classList.toggle("wrong", Boolean(problems[name]));
      pill.input?.setAttribute("aria-invalid", problems[name] ? "true" : "false");
    }
    const wrong = [...this.pills.values()].find((pill) => problems[pill.option.name]);
    if (!wrong) return;
    if (document.activeElement === wrong.input) this.focusOn(wrong);
    else wrong.focus();
  }
}

function offered(option, store, channelId) {
  if (option.choices?.length) return option.choices.map((choice) => ({ label: choice.local_name, value: choice.value }));
  const people = () => store.peopleIn(channelId).map((p) => ({ label: p.name, value: p.id, side: p.bot ? "app" : p.about }));
  const roles = () => store.rolesIn(channelId).map((role) => ({ label: role.name, value: role.id, side: "role" }));
  const truth = () => ["True", "False"].map((label) => ({ label, value: label.toLowerCase() }));
  const types = option.channel_types ?? [];
  const fits = (c) => !types.length || types.includes(c.parent_id ? 11 : 0);
  const channels = () => store.channelsIn(channelId).filter(fits).map((c) => ({ label: `#${c.name}`, value: c.id }));
  const kinds = { 5: truth, 6: people, 7: channels, 8: roles, 9: () => [...people(), ...roles()] };
  return kinds[option.type]?.() ?? null;
}

function range(option) {
  const { min_value: low, max_value: high } = option;
  if (low !== undefined && high !== undefined) return `, ${low} to ${high}`;
  if (low !== undefined) return `, ${low} or more`;
  return high !== undefined ? `, ${high} or less` : "";
}

const atEnd = (input) => input && input.selectionStart === input.value.length && input.selectionEnd === input.value.length;
const atStart = (input) => input && input.selectionStart === 0 && input.selectionEnd === 0;
