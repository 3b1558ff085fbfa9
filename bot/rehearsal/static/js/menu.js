// A list to choose from with arrows, Tab, Enter or the mouse, and the select that is built on it.

import { freshId, make } from "./dom.js";

export class Menu {
  // `pick(item)` is told what was chosen. Items: {label, soft, hint, side, mark, value}.
  constructor({ label, pick, multiple = false }) {
    this.pick = pick;
    this.items = [];
    this.active = -1;
    this.element = make("ul.menu", { role: "listbox", id: freshId("menu"), "aria-label": label, "aria-multiselectable": multiple ? "true" : null });
    this.element.addEventListener("mousedown", (event) => event.preventDefault());
  }

  show(items, { heading = null, active = 0, chosen = [] } = {}) {
    this.items = items;
    this.nodes = items.map((item, index) =>
      make(
        "li.item",
        {
          role: "option",
          id: `${this.element.id}-${index}`,
          "aria-selected": chosen.includes(item.value) ? "true" : "false",
          onclick: () => this.pick(item),
          onmousemove: () => this.active !== index && this.go(index, false),
        },
        item.mark ? make("span.mark", {}, item.mark) : null,
        make("span.label", {}, item.label, item.soft ? make("i", {}, item.soft) : null),
        item.hint ? make("span.hint", {}, item.hint) : null,
        make("span.side", {}, item.side ?? ""),
      ),
    );
    for (const node of this.nodes) if (node.getAttribute("aria-selected") === "true") node.classList.add("kept");
    this.element.replaceChildren(...(heading ? [make("li.heading", { role: "presentation" }, heading)] : []), ...this.nodes);
    this.active = -1;
    if (items.length) this.go(Math.min(active, items.length - 1));
  }

  go(index, scroll = true) {
    this.nodes[this.active]?.classList.remove("active");
    this.active = index;
    this.nodes[index]?.classList.add("active");
    if (scroll) this.nodes[index]?.scrollIntoView({ block: "nearest" });
    // The focus stays where one types or clicked; this tells a screen reader what the arrows have reached.
    const reached = this.element.isConnected && this.nodes[index]?.id;
    if (reached) {
      this.owner?.setAttribute("aria-controls", this.element.id);
      this.owner?.setAttribute("aria-activedescendant", reached);
    } else this.release();
  }

  // The list is no longer shown.
  release() {
    this.owner?.removeAttribute("aria-controls");
    this.owner?.removeAttribute("aria-activedescendant");
  }

  // True when the key was meant for the list.
  key(event) {
    const count = this.items.length;
    if (!count) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const end = { Home: 0, End: count - 1 }[event.key];
    if (end !== undefined && !event.target.matches("input, textarea")) this.go(end);
    else if (step) this.go((this.active + step + count) % count);
    else if ((event.key === "Enter" || (event.key === "Tab" && !event.shiftKey)) && this.active >= 0) this.pick(this.items[this.active]);
    else return false;
    event.preventDefault();
    return true;
  }
}

export class Chooser {
  // `component` is one of Discord's selects; `options` is what there is to choose from.
  constructor(component, options, changed, name = null) {
    this.name = name;
    this.low = component.min_values ?? 1;
    this.high = component.max_values ?? 1;
    this.options = options;
    this.changed = changed;
    this.placeholder = component.placeholder || "Make a selection";
    this.values = options.filter((option) => option.default).map((option) => option.value);
    this.menu = new Menu({ label: this.placeholder, pick: (item) => this.toggle(item.value), multiple: this.high > 1 });
    this.button = make("button", {
      type: "button",
      role: "combobox",
      disabled: Boolean(component.disabled),
      "aria-haspopup": "listbox",
      "aria-expanded": "false",
      "data-custom-id": component.custom_id,
      onclick: () => (this.open ? this.close(true) : this.unfold()),
      onkeydown: (event) => this.key(event),
      onblur: () => this.close(true),
    });
    this.menu.owner = this.button;
    this.element = make("div.chooser", {}, this.button);
    this.label();
  }

  label() {
    const names = this.options.filter((option) => this.values.includes(option.value)).map((option) => option.label);
    this.button.textContent = names.join(", ") || this.placeholder;
    this.button.classList.toggle("filled", names.length > 0);
    this.button.setAttribute("aria-label", [this.name ?? this.placeholder, ...names].join(": "));
  }

  list(active) {
    const items = this.options.map((option) => ({ label: option.label, hint: option.description, value: option.value, mark: option.mark ?? option.emoji?.name }));
    this.menu.show(items, { active, chosen: this.values });
  }

  unfold() {
    this.open = true;
    this.before = [...this.values];
    this.element.append(this.menu.element);
    this.button.setAttribute("aria-expanded", "true");
    this.list(Math.max(0, this.options.findIndex((option) => this.values.includes(option.value))));
    const box = this.button.getBoundingClientRect();
    this.menu.element.classList.toggle("above", box.bottom + this.menu.element.offsetHeight + 90 > innerHeight);
  }

  close(keep) {
    if (!this.open) return;
    this.open = false;
    this.menu.element.remove();
    this.menu.release();
    this.button.setAttribute("aria-expanded", "false");
    if (!keep) this.values = this.before;
    this.label();
    const different = this.values.join("\n") !== this.before.join("\n");
    if (keep && this.high > 1 && different && this.values.length >= this.low) this.changed?.(this.values);
  }

  toggle(value) {
    if (this.high === 1) {
      const again = this.values.includes(value);
      this.values = again && this.low === 0 ? [] : [value];
      this.close(true);
      this.changed?.(this.values);
      return;
    }
    if (this.values.includes(value)) this.values = this.values.filter((one) => one !== value);
    else if (this.values.length < this.high) this.values = [...this.values, value];
    this.list(this.menu.active);
  }

  key(event) {
    if (!this.open) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        this.unfold();
      }
      return;
    }
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.close(false);
    } else if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      this.menu.pick(this.menu.items[this.menu.active]);
    } else if (event.key !== "Tab" && !this.menu.key(event)) this.seek(event.key);
  }

  // Typing goes to the next option that begins so.
  seek(letter) {
    if (letter.length !== 1) return;
    const labels = this.options.map((option) => option.label.toLowerCase());
    const order = labels.map((_, index) => (this.menu.active + 1 + index) % labels.length);
    const found = order.find((index) => labels[index].replace("#", "").startsWith(letter.toLowerCase()));
    if (found !== undefined) this.menu.go(found);
  }
}

// What a select offers: its own options, or the people, roles and channels of the rehearsal.
export function choosable(component, store, channelId) {
  const people = () => store.peopleIn(channelId).map((p) => ({ label: p.name, description: p.bot ? "app" : p.about, value: p.id }));
  const roles = () => store.rolesIn(channelId).map((role) => ({ label: role.name, value: role.id }));
  const types = component.channel_types ?? [];
  const fits = (c) => !types.length || types.includes(c.parent_id ? 11 : 0);
  const channels = () => store.channelsIn(channelId).filter(fits).map((c) => ({ label: `#${c.name}`, value: c.id }));
  const kinds = { 3: () => component.options, 5: people, 6: roles, 7: () => [...people(), ...roles()], 8: channels };
  const preset = new Set((component.default_values ?? []).map((one) => one.id));
  return kinds[component.type]().map((option) => (preset.has(option.value) ? { ...option, default: true } : option));
}
