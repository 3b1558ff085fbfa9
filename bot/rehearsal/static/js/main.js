// The page as a whole: who is looking, which channel is open, and what is said when something is missing.

import { ComponentView } from "./components.js";
import { Composer } from "./composer.js";
import { avatar, make } from "./dom.js";
import { FormOpener } from "./forms.js";
import { Menu } from "./menu.js";
import { MessageList } from "./messages.js";
import { Store } from "./store.js";

const EXAMPLES = [
  '/imagine prompt:"a red circle on a blue background"',
  '/imagine prompt:"a green triangle on a yellow background" seed:7',
  '/imagine prompt:"the sea at sunset with a boat"',
];
const byId = (id) => document.getElementById(id);

const store = new Store();
const unread = new Set();
let channelId = null;
let warning = "";

const context = {
  person: (id) => store.person(id).name,
  role: (id) => store.roles.find((role) => role.id === id)?.name.replace(/^@/, "") ?? "role",
  channel: (id) => store.channel(id)?.name ?? "channel",
  channelId: () => channelId,
  fail: (id, text) => list.fail(id, text),
  reply: (message) => composer.quote(message),
  changed: () => welcome(),
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
new FormOpener(store, context);

// Channels

function openChannel(id) {
  channelId = id;
  unread.delete(id);
  const channel = store.channel(id);
  byId("channel-name").textContent = channel.direct ? `@ ${store.bot.name}` : `# ${channel.name}`;
  byId("channel-topic").textContent = channel.direct ? "A direct message" : channel.topic;
  document.title = `${channel.direct ? "@" : "#"}${channel.direct ? store.bot.name : channel.name} · Lienzo rehearsal`;
  history.replaceState(null, "", `?as=${store.viewer.key}#${channel.name}`);
  warning = "";
  list.open(id);
  composer.open(id);
  drawChannels();
  welcome();
  notice();
}

function drawChannels() {
  const entry = (channel) => {
    const go = () => {
      openChannel(channel.id);
      sidebar(false);
      byId("composer-text")?.focus();
    };
    const attributes = { type: "button", onclick: go, "aria-current": channel.id === channelId ? "page" : null };
    const sign = make("span.sign", { "aria-hidden": "true" }, channel.direct ? "@" : "#");
    const tag = channel.nsfw ? make("span.tag", { title: "Age-restricted" }, "18+") : null;
    const button = make("button.channel", attributes, sign, make("span", {}, channel.direct ? store.bot.name : channel.name), tag);
    button.classList.toggle("unread", unread.has(channel.id));
    return button;
  };
  const group = (title, channels) => [make("div.channel-group", {}, title), ...channels.map(entry)];
  byId("channels").replaceChildren(
    ...group("Channels", store.channels.filter((channel) => !channel.direct)),
    ...group("Direct messages", store.channels.filter((channel) => channel.direct)),
  );
}

function sidebar(open) {
  document.body.classList.toggle("sidebar-open", open);
  byId("open-sidebar").setAttribute("aria-expanded", String(open));
  if (open) byId("channels").querySelector("button")?.focus();
}

byId("open-sidebar").addEventListener("click", () => sidebar(true));
byId("curtain").addEventListener("click", () => sidebar(false));
byId("sidebar").addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !byId("me").contains(event.target)) {
    sidebar(false);
    byId("open-sidebar").focus();
  }
});

// Who is looking

const people = new Menu({
  label: "Be somebody else",
  pick: (item) => {
    closePeople();
    sidebar(false);
    store.connect(item.value);
  },
});
const switcher = byId("switcher");
people.owner = switcher;

function closePeople() {
  people.element.remove();
  switcher.setAttribute("aria-expanded", "false");
}

switcher.addEventListener("click", () => {
  if (people.element.isConnected) return closePeople();
  const members = [...store.people.values()].filter((person) => !person.bot);
  const items = members.map((person) => ({ label: person.name, hint: person.about, mark: avatar(person, "small"), value: person.key }));
  byId("me").append(people.element);
  switcher.setAttribute("aria-expanded", "true");
  const active = members.findIndex((person) => person.id === store.viewer.id);
  return people.show(items, { heading: "Be somebody else", active, chosen: [store.viewer.key] });
});
switcher.addEventListener("blur", closePeople);
switcher.addEventListener("keydown", (event) => {
  if (!people.element.isConnected) return;
  if (event.key === "Escape") closePeople();
  else if (event.key !== "Tab") people.key(event);
});

function drawViewer() {
  const { viewer } = store;
  switcher.replaceChildren(avatar(viewer, "small"), make("span.who", {}, make("b", {}, viewer.name), make("small", {}, viewer.about)), make("small", {}, "switch"));
  switcher.setAttribute("aria-label", `You are ${viewer.name}. Be somebody else`);
}

// An empty channel, and what is missing

function welcome() {
  const channel = store.channel(channelId);
  if (!channel) return;
  const name = channel.direct ? store.bot.name : `#${channel.name}`;
  const nodes = [make("h2", {}, list.empty ? `Welcome to ${name}` : name)];
  const draws = store.slashCommands(channelId).find((command) => command.name === "imagine");
  if (!list.empty) nodes.push(make("p", {}, channel.direct ? "Your conversation with the bot begins here." : `This is where ${name} begins.`));
  else if (channel.direct) nodes.push(make("p", {}, `Messages between you and ${store.bot.name}. Nobody else sees them.`));
  else nodes.push(make("p", {}, "Nothing has been drawn here yet. Type ", make("code", {}, "/"), " to see what the bot can do", draws ? ", or begin with one of these:" : "."));
  if (list.empty && draws) {
    const known = new Set(draws.options.map((option) => option.name));
    const usable = EXAMPLES.map((line) => (known.has("seed") ? line : line.replace(/ seed:\d+/, "")));
    const button = (line) => make("button.example", { type: "button", onclick: () => composer.use(line) }, make("span", {}, make("b", {}, "/imagine"), line.slice("/imagine".length)));
    nodes.push(make("div.examples", {}, usable.map(button)));
  }
  const mark = list.empty ? make("img.mark", { src: "/static/icon.svg", alt: "" }) : null;
  const key = nodes.map((node) => node.textContent).join("\n");
  const section = byId("welcome");
  if (section.dataset.key === key) return;
  section.dataset.key = key;
  section.replaceChildren(...[mark, ...nodes].filter(Boolean));
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
store.addEventListener("commands", () => welcome());
store.addEventListener("message", ({ detail }) => {
  if (!detail.fresh || detail.message.channel_id === channelId) return;
  unread.add(detail.message.channel_id);
  drawChannels();
});
addEventListener("hashchange", () => {
  const wanted = store.channels.find((channel) => channel.name === decodeURIComponent(location.hash.slice(1)));
  if (wanted && wanted.id !== channelId) openChannel(wanted.id);
});
// Typing anywhere writes a message, as in Discord.
addEventListener("keydown", (event) => {
  const busy = event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1 || event.key === " ";
  const elsewhere = document.activeElement?.closest("input, textarea, dialog, [role=listbox]");
  if (busy || elsewhere || document.querySelector("dialog[open]") || composer.pills) return;
  if (document.activeElement === switcher && people.element.isConnected) return;
  composer.text.focus();
});

store.connect(new URLSearchParams(location.search).get("as") ?? "ada");
