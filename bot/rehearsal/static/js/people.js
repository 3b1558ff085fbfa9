// The members beside the messages, the card of one of them, and what apps can do with people.

import { avatar, make } from "./dom.js";
import { openMenu, onMenu } from "./popup.js";

const PERSON_MENU = 2;
const LANGUAGES = new Intl.DisplayNames("en", { type: "language" });

export class People {
  constructor({ store, panel, context }) {
    Object.assign(this, { store, panel, context });
  }

  roles(person, channelId) {
    return this.store.rolesIn(channelId).filter((role) => person.roles?.includes(role.id));
  }

  draw() {
    const channelId = this.context.channelId();
    const groups = new Map();
    for (const person of this.store.peopleIn(channelId)) {
      const title = person.bot ? "App" : (this.roles(person, channelId).at(-1)?.name ?? "Members");
      groups.set(title, [...(groups.get(title) ?? []), person]);
    }
    const order = [...groups.keys()].sort((a, b) => (a === "Members") - (b === "Members"));
    const nodes = order.flatMap((title) => {
      const people = groups.get(title);
      return [make("h2.channel-group", {}, `${title} · ${people.length}`), make("ul", { role: "list" }, people.map((person) => this.entry(person)))];
    });
    this.panel.replaceChildren(...nodes);
  }

  entry(person) {
    const button = make(
      "button.person",
      { type: "button", onclick: () => this.card(person, button) },
      avatar(person, "small"),
      make("span.who", {}, make("b", {}, person.name), person.bot ? make("span.app-tag", {}, "APP") : make("small", {}, person.about)),
    );
    onMenu(button, (at) => this.menu(person, at));
    return make("li", {}, button);
  }

  apps(person) {
    const channelId = this.context.channelId();
    const run = (command) => async () => {
      const result = await this.store.act("menu", { channel: channelId, name: command.name, user: person.id });
      if (result.error) this.context.warn(result.error);
    };
    return this.store.offered(channelId, PERSON_MENU).map((command) => ({ label: command.local_name, run: run(command), icon: "app" }));
  }

  menu(person, at, back) {
    const apps = this.apps(person);
    openMenu({
      label: person.name,
      at,
      back,
      entries: [
        { label: "Profile", run: () => this.card(person, at) },
        { label: "Mention", run: () => this.context.insert(`<@${person.id}> `) },
        ...(person.bot ? [{ label: "Message", run: () => this.context.openDirect() }] : []),
        ...(apps.length ? [{ heading: "Apps" }, ...apps] : []),
      ],
    });
  }

  // Who somebody is: their roles here, their language, and the apps' entries for people.
  card(person, near) {
    const back = near instanceof Element ? near : document.activeElement;
    const roles = this.roles(person, this.context.channelId()).map((role) => {
      const dot = make("i");
      dot.style.background = role.color ? `#${role.color.toString(16).padStart(6, "0")}` : "var(--text-soft)";
      return make("li", {}, dot, role.name);
    });
    const facts = [person.about, person.bot ? null : `Language: ${LANGUAGES.of(person.locale)}`].filter(Boolean);
    const apps = this.apps(person).map((entry) => {
      const use = () => {
        dialog.close();
        entry.run();
      };
      return make("button.button.secondary", { type: "button", onclick: use }, make("span", {}, entry.label));
    });
    const write = () => {
      dialog.close();
      this.context.openDirect();
    };
    const dialog = make(
      "dialog.card",
      { "aria-label": person.name },
      make("div.banner"),
      avatar(person, "large"),
      make("button.close", { type: "button", "aria-label": "Close", onclick: () => dialog.close() }, "×"),
      make("h2", {}, person.name, person.bot ? make("span.app-tag", {}, "APP") : null),
      facts.map((fact) => make("p", {}, fact)),
      roles.length ? make("ul.roles", { role: "list", "aria-label": "Roles" }, roles) : null,
      person.bot ? make("button.button.primary", { type: "button", onclick: write }, make("span", {}, "Message")) : null,
      apps.length ? make("div.row", { role: "group", "aria-label": "Apps" }, apps) : null,
    );
    dialog.firstChild.style.background = person.color;
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (back?.isConnected && document.activeElement === document.body) back.focus();
    });
    document.body.append(dialog);
    dialog.showModal();
  }
}
