// The list of messages: drawn once, then changed part by part, so that a live edit disturbs nothing around it.

import { avatar, dots, icon, make } from "./dom.js";
import { markdown } from "./markdown.js";
import { onMenu, openMenu } from "./popup.js";

const MESSAGE_MENU = 3;
const GROUP_MS = 7 * 60 * 1000;
const clock = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const day = new Intl.DateTimeFormat("en", { day: "numeric", month: "short" });

function when(iso) {
  const moment = new Date(iso);
  const today = moment.toDateString() === new Date().toDateString();
  return today ? clock.format(moment) : `${day.format(moment)}, ${clock.format(moment)}`;
}

export class MessageList {
  constructor({ store, list, scroller, components, context }) {
    Object.assign(this, { store, list, scroller, components, context });
    this.shown = new Map();
    this.pending = new Map();
    this.stick = true;
    let [top, height] = [0, 0];
    scroller.addEventListener("scroll", () => {
      const { scrollTop, scrollHeight, clientHeight } = scroller;
      // A picture that arrives, or takes the place of a smaller one, moves the end, too: only who goes up leaves it.
      if (scrollHeight - scrollTop - clientHeight < 60) this.stick = true;
      else if (scrollTop < top && scrollHeight === height) this.stick = false;
      [top, height] = [scrollTop, scrollHeight];
    });
    new ResizeObserver(() => this.settle()).observe(list);
    new ResizeObserver(() => this.settle()).observe(scroller);
    store.addEventListener("message", ({ detail }) => {
      if (detail.message.channel_id === this.channelId) this.place(detail.message, detail.fresh);
    });
    store.addEventListener("gone", ({ detail }) => this.drop(detail.id));
    store.addEventListener("interaction", ({ detail }) => this.follow(detail));
  }

  settle() {
    if (this.stick) this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  open(channelId) {
    this.channelId = channelId;
    this.shown.clear();
    this.pending.clear();
    this.list.replaceChildren();
    this.stick = true;
    for (const message of this.store.messages.get(channelId)?.values() ?? []) this.place(message, false);
    for (const one of this.store.interactions.values()) this.follow(one);
    this.settle();
  }

  get empty() {
    return this.shown.size === 0 && this.pending.size === 0;
  }

  place(message, fresh) {
    let row = this.shown.get(message.id);
    if (!row) {
      row = { element: make("li.message", { id: `m-${message.id}` }), parts: new Map() };
      this.shown.set(message.id, row);
      const { element } = row;
      onMenu(element, (at, target) => (target.closest(".face, .name") ? this.context.personMenu(message.author.id, at) : this.menu(row.message, at)));
      const waiting = [...this.list.children].find((node) => node.classList.contains("pending"));
      this.list.insertBefore(row.element, waiting ?? null);
      if (message.author.id === this.store.viewer.id) this.stick = true;
    }
    row.message = message;
    this.draw(row);
    this.regroup(row.element.nextElementSibling);
    const files = message.attachments.map((file) => file.filename).join();
    if (fresh || (files && files !== row.spoken)) this.announce(message);
    row.spoken = files || row.spoken;
    if (!message.loading) this.fail(message.id, "");
    this.settle();
    this.context.changed();
  }

  drop(id) {
    const row = this.shown.get(id);
    if (!row) return;
    const after = row.element.nextElementSibling;
    row.element.remove();
    this.shown.delete(id);
    this.regroup(after);
    this.context.changed();
  }

  regroup(element) {
    const row = element && this.shown.get(element.id.slice(2));
    if (row) this.draw(row);
  }

  // A message continues the one before it when the same author wrote both and nothing has to be said above it.
  continues(row) {
    const { message } = row;
    const before = this.shown.get(row.element.previousElementSibling?.id.slice(2))?.message;
    if (!before || message.used || message.message_reference || before.author.id !== message.author.id) return false;
    const close = Date.parse(message.timestamp) - Date.parse(before.timestamp) < GROUP_MS;
    return close && before.ephemeral === message.ephemeral;
  }

  draw(row) {
    const { element, message } = row;
    const first = !this.continues(row);
    element.classList.toggle("first", first);
    element.classList.toggle("private", message.ephemeral);
    const focused = element.contains(document.activeElement) ? document.activeElement.dataset.customId : null;
    const reply = message.referenced_message;
    this.part(row, "origin", [message.used, reply?.id, reply?.content, message.message_reference, first], () => this.origin(message));
    this.part(row, "face", [first, message.author.id], () => (first ? this.face(message) : make("span.when-short", { "aria-hidden": "true" }, when(message.timestamp))));
    if (!row.body) {
      row.body = make("div.body");
      element.append(row.body);
    }
    this.part(row, "by", [first, message.author.id], () => (first ? this.by(message) : null), row.body);
    const edited = message.edited_timestamp && !message.loading;
    this.part(row, "text", [message.content, edited, message.loading, message.embeds.length], () => this.text(message, edited), row.body);
    this.part(row, "files", bare([message.attachments, message.embeds, message.components, message.flags]), () => make("div", {}, this.components.attachments(message)), row.body);
    this.part(row, "embeds", bare(message.embeds), () => make("div", {}, message.embeds.map((embed) => this.components.embed(embed))), row.body);
    this.part(row, "components", [bare(message.components), bare(message.attachments)], () => make("div", {}, this.components.render(message)), row.body);
    this.part(row, "thread", message.thread?.name, () => (message.thread ? this.thread(message.thread) : null), row.body);
    this.part(row, "private", message.ephemeral, () => (message.ephemeral ? this.onlyYou(message) : null), row.body);
    this.part(row, "tools", [message.ephemeral, message.loading], () => this.tools(row));
    if (focused) [...element.querySelectorAll("[data-custom-id]")].find((node) => node.dataset.customId === focused)?.focus();
  }

  // Draws a part again only when what it shows has changed; a picture that is already there stays untouched.
  part(row, name, data, build, parent = row.element) {
    const key = JSON.stringify(data);
    const old = row.parts.get(name);
    if (old?.key === key) return;
    const node = build() ?? document.createComment(name);
    if (old) old.node.replaceWith(node);
    else parent.append(node);
    row.parts.set(name, { key, node });
  }

  author(message) {
    return this.store.person(message.author.id);
  }

  // The name beside it can be reached with the keyboard; a second stop for the same card would only be in the way.
  face(message) {
    const person = this.author(message);
    return make("button.face", { type: "button", tabIndex: -1, "aria-hidden": "true", onclick: () => this.context.openPerson(person.id) }, avatar(person));
  }

  thread(thread) {
    const sign = make("span", { "aria-hidden": "true" }, "↳");
    return make("button.to-thread", { type: "button", title: "Open the thread", onclick: () => this.context.openChannel(thread.id) }, sign, make("span", {}, thread.name));
  }

  by(message) {
    const person = this.author(message);
    const stamp = make("time", { dateTime: message.timestamp, title: new Date(message.timestamp).toLocaleString("en") }, when(message.timestamp));
    const name = make("button.name", { type: "button", onclick: () => this.context.openPerson(person.id, name) }, person.name);
    return make("div.by", {}, name, person.bot ? make("span.app-tag", {}, "APP") : null, stamp);
  }

  origin(message) {
    const { used } = message;
    if (used?.slash || used?.menu) {
      const person = this.store.person(used.user_id);
      const name = make("span.slash", {}, used.menu ? used.name : `/${used.name}`);
      return make("div.origin", {}, avatar(person, "tiny"), make("b", {}, person.name), "used", name);
    }
    if (!message.message_reference) return null;
    const target = message.referenced_message;
    if (!target) return make("div.origin", {}, "Original message was deleted");
    const person = this.store.person(target.author.id);
    const plain = make("span", {}, markdown(target.content.split("\n")[0], this.context)).textContent;
    const words = plain || (target.attachments.length ? "Click to see the attachment" : "Click to see the message");
    const go = () => {
      const row = document.getElementById(`m-${target.id}`);
      row?.scrollIntoView({ block: "center" });
      row?.classList.remove("flash");
      requestAnimationFrame(() => row?.classList.add("flash"));
    };
    return make("div.origin", {}, avatar(person, "tiny"), make("b", {}, person.name), make("button.quote", { type: "button", onclick: go }, words));
  }

  text(message, edited) {
    if (message.loading) {
      return make("div.thinking", {}, dots(), make("span", {}, `${this.author(message).name} is thinking…`));
    }
    const box = make("div.text", {}, markdown(message.content, this.context));
    if (/^(?:\p{Extended_Pictographic}\uFE0F?\s*){1,6}$/u.test(message.content)) box.classList.add("emoji-only");
    if (edited && message.content) {
      // Behind the last words, even when these are small print or the end of a list.
      let end = box;
      while (end.lastChild?.nodeType === 1 && /^(?:DIV|UL|OL|LI|H\d)$/.test(end.lastChild.tagName)) end = end.lastChild;
      end.append(make("span.edited", { title: new Date(edited).toLocaleString("en") }, "(edited)"));
    }
    return box;
  }

  onlyYou(message) {
    const dismiss = () => this.store.act("delete", { message_id: message.id });
    return make("div.only-you", {}, icon("eye"), "Only you can see this ·", make("button", { type: "button", onclick: dismiss }, "Dismiss message"));
  }

  // What can be done with a message; the apps' entries are those of its context menu.
  menu(message, at, back) {
    const { store } = this;
    if (message.loading) return false;
    const apps = message.ephemeral ? [] : store.offered(this.channelId, MESSAGE_MENU);
    const use = (command) => async () => {
      const result = await store.act("menu", { name: command.name, message_id: message.id });
      if (result.error) this.fail(message.id, result.error);
    };
    const entries = [];
    if (!message.ephemeral && store.channel(this.channelId)?.can_send) entries.push({ label: "Reply", run: () => this.context.reply(message), icon: "reply" });
    if (message.content) entries.push({ label: "Copy text", run: () => this.copy(message.content), icon: "copy" });
    entries.push({ label: "Copy message ID", run: () => this.copy(message.id), icon: "copy" });
    const mine = message.author.id === store.viewer.id || store.channel(this.channelId)?.can_manage;
    const remove = () => store.act("delete", { message_id: message.id });
    if (message.ephemeral) entries.push({ label: "Dismiss message", run: remove, icon: "cross" });
    else if (mine) entries.push({ label: "Delete message", run: remove, icon: "bin", danger: true });
    if (apps.length) entries.unshift({ heading: "Apps" }, ...apps.map((command) => ({ label: command.local_name, run: use(command), icon: "app" })), { heading: "Message" });
    openMenu({ label: "What you can do with this message", entries, at, back });
    return true;
  }

  async copy(text) {
    await navigator.clipboard?.writeText(text).catch(() => null);
    this.context.say("Copied");
  }

  tools(row) {
    const { message } = row;
    if (message.loading) return null;
    const reply = message.ephemeral ? null : make("button", { type: "button", title: "Reply", "aria-label": "Reply", onclick: () => this.context.reply(row.message) }, icon("reply"));
    const more = make("button.more-tools", { type: "button", title: "More", "aria-label": "More", "aria-haspopup": "menu", onclick: () => this.menu(row.message, more, more) }, icon("more"));
    return make("div.tools", { role: "group", "aria-label": "What you can do with this message" }, reply, more);
  }

  // What this member did and the bot has not answered yet.
  follow(one) {
    if (one.source_id && one.type === 3) {
      const row = this.shown.get(one.source_id);
      const button = row && [...row.element.querySelectorAll("[data-custom-id]")].find((node) => node.dataset.customId === one.custom_id);
      button?.classList.toggle("busy", !one.answered && !one.error);
      if (row) this.fail(one.source_id, one.error ?? "");
      return;
    }
    const waiting = this.pending.get(one.id);
    if (one.channel_id !== this.channelId || one.answered) {
      waiting?.remove();
      this.pending.delete(one.id);
      return;
    }
    const fresh = this.waiting(one);
    if (waiting) waiting.replaceWith(fresh);
    else this.list.append(fresh);
    this.pending.set(one.id, fresh);
    if (one.error) this.context.say(one.error);
    else this.stick = true;
    this.settle();
    this.context.changed();
  }

  waiting(one) {
    const { viewer, bot } = this.store;
    const dismiss = () => {
      this.pending.get(one.id)?.remove();
      this.pending.delete(one.id);
      this.store.interactions.delete(one.id);
      this.context.changed();
    };
    const state = one.error
      ? make("div.failed", {}, icon("warning"), one.error, make("button", { type: "button", onclick: dismiss }, "Dismiss message"))
      : make("div.thinking", {}, dots(), one.type === 5 ? "Sending…" : "Sending command…");
    return make(
      "li.message.first.pending",
      {},
      make("div.origin", {}, avatar(viewer, "tiny"), make("b", {}, viewer.name), "used", make("span.slash", {}, one.slash ? `/${one.name}` : one.name)),
      avatar(bot),
      make("div.body", {}, make("div.by", {}, make("span.name", {}, bot.name), make("span.app-tag", {}, "APP")), state),
    );
  }

  fail(id, text) {
    const row = this.shown.get(id);
    if (!row) return;
    row.failure?.remove();
    row.failure = null;
    if (!text) return;
    row.failure = make("div.failed", { role: "alert" }, icon("warning"), text);
    row.body.append(row.failure);
    this.settle();
  }

  announce(message) {
    if (message.author.id === this.store.viewer.id || message.loading) return;
    const names = message.attachments.map((file) => file.description || file.filename);
    const pictures = names.length ? ` Picture: ${names.join(", ")}.` : "";
    const whisper = message.ephemeral ? " Only you can see this." : "";
    this.context.say(`${this.author(message).name}: ${message.content}${pictures}${whisper}`.slice(0, 400));
  }
}

// Links are signed afresh each time a message is read; that is no change to what is shown.
function bare(value) {
  return JSON.stringify(value).replace(/\?ex=[^"]*/g, "");
}
