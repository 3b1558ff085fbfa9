// The page as a whole: who is looking, which channel is open, and what is said when something is missing.

import { ChannelList } from "./channels.js";
import { ComponentView } from "./components.js";
import { Composer } from "./composer.js";
import { avatar, icon, make } from "./dom.js";
import { FormOpener } from "./forms.js";
import { Menu } from "./menu.js";
import { MessageList } from "./messages.js";
import { People } from "./people.js";
import { taste } from "./remember.js";
import { Store } from "./store.js";
import { Switchboard } from "./switchboard.js";
import { Welcome } from "./welcome.js";

const byId = (id) => document.getElementById(id);
const narrow = matchMedia("(max-width: 760px)");

const store = new Store();
let channelId = null;
let warning = "";

const context = {
  person: (id) => store.person(id).name,
  role: (id) => store.roles.find((role) => role.id === id)?.name.replace(/^@/, "") ?? "role",
  channel: (id) => store.channel(id)?.name ?? "channel",
  channelId: () => channelId,
  fail: (id, text) => list.fail(id, text),
  reply: (message) => composer.quote(message),
  insert: (text) => composer.insert(text),
  openChannel: (id) => openChannel(id),
  openDirect: () => openChannel(store.channels.find((channel) => channel.direct).id),
  openPerson: (id, near) => people.card(store.person(id), near),
  personMenu: (id, at, back) => people.menu(store.person(id), at, back),
  changed: () => greet(),
  say: (text) => {
    byId("spoken").textContent = text;
  },
  warn: (text) => {
    warning = text;
    notice();
  },
};
const components = new ComponentView(store, context);
const list = new MessageList({ store, list: byId("log"), scroller: byId("scroller"), components, context });
const composer = new Composer({ store, form: byId("composer"), context });
const people = new People({ store, panel: byId("people"), context });
const welcome = new Welcome({ store, section: byId("welcome"), use: (line) => composer.use(line) });
const channels = new ChannelList({ store, rail: byId("rail"), list: byId("channels"), title: byId("guild-name"), open: (id, enter = true) => enterChannel(id, enter) });
const switchboard = new Switchboard({ store, context });
new FormOpener(store, context);

// Channels

function enterChannel(id, enter) {
  openChannel(id);
  if (!enter) return;
  drawer(null);
  if (!narrow.matches) byId("composer-text")?.focus();
}

function openChannel(id) {
  channelId = id;
  const channel = store.channel(id);
  byId("channel-name").textContent = channel.direct ? `@ ${store.bot.name}` : `${channel.parent_id ? "↳" : "#"} ${channel.name}`;
  byId("channel-topic").textContent = channel.direct ? "A direct message" : channel.topic;
  document.title = `${channel.direct ? "@" : "#"}${channel.direct ? store.bot.name : channel.name} · Lienzo rehearsal`;
  history.replaceState(null, "", `?as=${store.viewer.key}#${encodeURIComponent(channel.name)}`);
  warning = "";
  list.open(id);
  composer.open(id);
  channels.show(id);
  people.draw();
  guardAge(channel);
  greet();
  notice();
}

// An age-restricted channel asks first, as Discord's does; who is too young does not get in.
function guardAge(channel) {
  const { viewer } = store;
  const agreed = !channel.nsfw || (viewer.adult && taste.get(`adult:${viewer.key}`));
  document.querySelector("main").classList.toggle("gated", !agreed);
  byId("gate").hidden = agreed;
  if (agreed) return;
  const enter = () => {
    taste.set(`adult:${viewer.key}`, true);
    guardAge(channel);
    composer.text.focus();
  };
  const leave = () => openChannel(store.channels.find((one) => one.guild_id === channel.guild_id && !one.nsfw).id);
  byId("gate").replaceChildren(
    icon("warning"),
    make("h2", {}, `#${channel.name} is age-restricted`),
    make("p", {}, viewer.adult ? "It may show what is not for everybody." : `${viewer.name} is not old enough to enter.`),
    make(
      "div.row",
      {},
      make("button.button.secondary", { type: "button", onclick: leave }, make("span", {}, "Go back")),
      viewer.adult ? make("button.button.danger", { type: "button", onclick: enter }, make("span", {}, "Continue")) : null,
    ),
  );
}

// The lists at the sides: always there on a wide screen, drawers on a narrow one

function drawer(name) {
  document.body.classList.toggle("sidebar-open", name === "sidebar");
  document.body.classList.toggle("people-open", name === "people");
  byId("open-sidebar").setAttribute("aria-expanded", String(name === "sidebar"));
  if (name === "sidebar") byId("channels").querySelector("button[aria-current]")?.focus();
  if (name === "people") byId("people").querySelector("button")?.focus();
}

byId("open-sidebar").addEventListener("click", () => drawer("sidebar"));
byId("curtain").addEventListener("click", () => drawer(null));
for (const [id, opener] of [["sidebar", "open-sidebar"], ["people", "show-people"]]) {
  byId(id).addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || byId("me").contains(event.target)) return;
    drawer(null);
    byId(opener).focus();
  });
}

// The page's own buttons

const THEMES = { auto: ["theme", "Theme: as the system's"], dark: ["moon", "Theme: dark"], light: ["sun", "Theme: light"] };

function themeButton() {
  const name = document.documentElement.dataset.theme ?? "auto";
  const [sign, label] = THEMES[name];
  const next = () => {
    const names = Object.keys(THEMES);
    const to = names[(names.indexOf(name) + 1) % names.length];
    if (to === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = to;
    taste.set("theme", to === "auto" ? null : to);
    const fresh = themeButton();
    button.replaceWith(fresh);
    fresh.focus();
    context.say(THEMES[to][1]);
  };
  const button = make("button.tool", { type: "button", title: label, "aria-label": label, onclick: next }, icon(sign));
  return button;
}

function peopleButton() {
  const shown = () => (narrow.matches ? document.body.classList.contains("people-open") : !document.body.classList.contains("people-hidden"));
  const flip = () => {
    if (narrow.matches) drawer("people");
    else {
      document.body.classList.toggle("people-hidden");
      taste.set("people-hidden", document.body.classList.contains("people-hidden"));
    }
    button.setAttribute("aria-expanded", String(shown()));
  };
  document.body.classList.toggle("people-hidden", Boolean(taste.get("people-hidden")));
  const button = make("button.tool", { id: "show-people", type: "button", title: "Members", "aria-label": "Members", "aria-controls": "people", onclick: flip }, icon("people"));
  button.setAttribute("aria-expanded", String(shown()));
  return button;
}

const trouble = make("button.tool.trouble", { type: "button", title: "What can go wrong", "aria-label": "What can go wrong", onclick: () => switchboard.open() }, icon("bolt"));
byId("tools").append(trouble, themeButton(), peopleButton());

// Who is looking

const others = new Menu({
  label: "Be somebody else",
  pick: (item) => {
    closeOthers();
    drawer(null);
    store.connect(item.value);
  },
});
const switcher = byId("switcher");
others.owner = switcher;

function closeOthers() {
  others.element.remove();
  others.release();
  switcher.setAttribute("aria-expanded", "false");
}

switcher.addEventListener("click", () => {
  if (others.element.isConnected) return closeOthers();
  const members = [...store.people.values()].filter((person) => !person.bot);
  const items = members.map((person) => ({ label: person.name, hint: person.about, mark: avatar(person, "small"), value: person.key }));
  byId("me").append(others.element);
  switcher.setAttribute("aria-expanded", "true");
  const active = members.findIndex((person) => person.id === store.viewer.id);
  return others.show(items, { heading: "Be somebody else", active, chosen: [store.viewer.key] });
});
switcher.addEventListener("blur", closeOthers);
switcher.addEventListener("keydown", (event) => {
  if (!others.element.isConnected) return;
  if (event.key === "Escape") closeOthers();
  else if (event.key !== "Tab") others.key(event);
});

function drawViewer() {
  const { viewer } = store;
  switcher.replaceChildren(avatar(viewer, "small"), make("span.who", {}, make("b", {}, viewer.name), make("small", {}, viewer.about)), make("small", {}, "switch"));
  switcher.setAttribute("aria-label", `You are ${viewer.name}. Be somebody else`);
}

// What stands above the messages, and what is missing

function greet() {
  const channel = store.channel(channelId);
  if (channel) welcome.show(channel, list.empty);
}

function notice() {
  const box = byId("notice");
  const nodes = [];
  if (!store.connected) nodes.push("The rehearsal has stopped. Start it again in a terminal with ", make("code", {}, "lienzo rehearse"), "; this page comes back by itself.");
  else if (warning) nodes.push(warning);
  else if (!store.online) nodes.push(make("b", {}, "No bot is connected. "), "Start Lienzo in a terminal with ", make("code", {}, "lienzo rehearse"), "; it appears here by itself.");
  const text = nodes.map((node) => node.textContent ?? node).join("");
  if (box.dataset.text === text) return;
  box.dataset.text = text;
  box.hidden = nodes.length === 0;
  box.replaceChildren(...nodes);
}

// What happens

store.addEventListener("state", () => {
  drawViewer();
  const wanted = decodeURIComponent(location.hash.slice(1));
  const current = store.channel(channelId) ?? store.channels.find((channel) => channel.name === wanted);
  openChannel((current ?? store.channels[0]).id);
  document.body.dataset.ready = "true";
});
let silence = null;
store.addEventListener("status", () => {
  // A bot that only reconnects is back before anybody needs to be told.
  clearTimeout(silence);
  silence = setTimeout(notice, store.online && store.connected ? 0 : 1200);
});
store.addEventListener("commands", () => {
  // What was open may be gone: deleted, or a server that nothing can be done in any more.
  if (!store.channel(channelId)) openChannel(store.channels[0].id);
  else composer.permit();
  channels.draw();
  greet();
});
store.addEventListener("message", ({ detail }) => {
  if (detail.fresh && detail.message.channel_id !== channelId) channels.mark(detail.message.channel_id);
});
addEventListener("hashchange", () => {
  const wanted = store.channels.find((channel) => channel.name === decodeURIComponent(location.hash.slice(1)));
  if (wanted && wanted.id !== channelId) openChannel(wanted.id);
});
// Typing anywhere writes a message, as in Discord.
addEventListener("keydown", (event) => {
  const busy = event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1 || event.key === " ";
  const elsewhere = document.activeElement?.closest("input, textarea, select, dialog, [role=listbox], [role=menu]");
  if (busy || elsewhere || document.querySelector("dialog:modal") || composer.pills || !byId("gate").hidden) return;
  if (document.activeElement === switcher && others.element.isConnected) return;
  composer.text.focus();
});

store.connect(new URLSearchParams(location.search).get("as") ?? "ada");
