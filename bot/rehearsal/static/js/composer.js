// The message box: plain text, the list of commands after a slash, and then the command's pills.

import { dots, freshId, icon, make } from "./dom.js";
import { Menu } from "./menu.js";
import { CommandPills } from "./pills.js";
import { draft } from "./remember.js";
import { parseLine } from "./slashline.js";
import { Tray } from "./tray.js";

export class Composer {
  constructor({ store, form, context }) {
    Object.assign(this, { store, form, context });
    this.history = [];
    this.panel = make("div.panel", { hidden: true });
    this.menu = new Menu({ label: "Commands", pick: (item) => this.pickCommand(item.value) });
    this.text = make("textarea", {
      id: "composer-text",
      rows: 1,
      maxLength: 4000,
      "aria-label": "Message",
      oninput: () => this.typed(),
      onkeydown: (event) => this.key(event),
      onpaste: (event) => this.pasted(event),
    });
    this.menu.owner = this.text;
    this.button = make("button.send", { type: "submit", "aria-label": "Send" }, icon("send"));
    this.tray = new Tray({ store, channelId: () => this.channelId, spoilers: true, changed: () => this.ready(), complain: (text) => context.warn(text) });
    this.plus = make("button.plus", { type: "button", title: "Add files", "aria-label": "Add files", onclick: () => this.addFiles() }, icon("plus"));
    this.box = make("div.box", {}, this.plus, this.text, this.button);
    this.above = make("div");
    this.typing = make("div.typing", { id: freshId("typing"), hidden: true });
    form.append(this.panel, this.above, this.tray.element, this.box, this.typing);
    form.addEventListener("input", () => this.keepDraft());
    form.addEventListener("change", () => this.keepDraft());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    form.addEventListener("focusout", (event) => {
      if (!form.contains(event.relatedTarget)) this.hidePanel();
    });
    this.listenForFiles();
    store.addEventListener("typing", ({ detail }) => detail === this.channelId && this.showTyping());
    store.addEventListener("message", ({ detail }) => detail.message.author.bot && (this.typing.hidden = true));
    store.addEventListener("commands", () => !this.pills && document.activeElement === this.text && this.typed());
  }

  open(channelId) {
    this.keepDraft();
    this.channelId = channelId;
    const channel = this.store.channel(channelId);
    this.permit();
    const room = matchMedia("(min-width: 761px)").matches;
    this.text.placeholder = `Message ${channel.direct ? `@${this.store.bot.name}` : `#${channel.name}`}${room ? "   ·   / for commands" : ""}`;
    if (this.silent) this.text.placeholder = room ? "You may not write here, but may use / commands" : "Type / for commands";
    this.draftKey = `${this.store.viewer.key}:${channelId}`;
    this.tray.clear();
    this.quote(null);
    this.takeUpDraft();
    this.text.setAttribute("aria-label", this.text.placeholder.replace(/ +· +/, ", "));
    this.typing.hidden = true;
  }

  permit() {
    this.silent = !this.store.channel(this.channelId)?.can_send;
    if (!this.pills) this.plus.hidden = this.silent;
  }

  // Drafts: what was typed and not sent is there again in this channel, even after a reload

  keepDraft() {
    if (!this.draftKey) return;
    const { pills } = this;
    const kept = pills ? { command: pills.command.name, values: pills.words() } : this.text.value ? { text: this.text.value } : null;
    draft.set(this.draftKey, kept);
  }

  takeUpDraft() {
    const kept = draft.get(this.draftKey);
    const command = kept?.command && this.store.slashCommands(this.channelId).find((one) => one.name === kept.command);
    this.leave(kept?.text ?? "", false);
    if (command) this.fill(command, kept.values, false);
  }

  // Plain text

  ready() {
    this.button.disabled = !this.pills && !this.text.value.trim() && !this.tray.files.length;
  }

  insert(text) {
    if (this.pills) return;
    const { selectionStart: from, selectionEnd: to } = this.text;
    this.text.setRangeText(text, from, to, "end");
    this.text.focus();
    this.typed();
    this.keepDraft();
  }

  typed() {
    this.fit();
    this.ready();
    const line = this.text.value;
    if (!line.startsWith("/") || line.includes("\n")) {
      this.hidePanel();
      return;
    }
    const commands = this.store.slashCommands(this.channelId);
    const complete = parseLine(line, commands);
    const goesOn = (c) => c !== complete.command && [c.name, c.shown].some((name) => name.startsWith(line.slice(1)));
    if (complete && /\s/.test(line.slice(complete.length)) && !commands.some(goesOn)) {
      this.fill(complete.command, complete.values);
      return;
    }
    const wanted = line.slice(1).toLowerCase();
    const starts = commands.filter((command) => [command.shown, command.name].some((name) => name.startsWith(wanted)));
    const contains = commands.filter((command) => !starts.includes(command) && command.shown.includes(wanted));
    this.listCommands([...starts, ...contains]);
  }

  fit() {
    this.text.style.height = "auto";
    this.text.style.height = `${this.text.scrollHeight}px`;
  }

  hidePanel() {
    this.panel.hidden = true;
    this.menu.release();
  }

  listCommands(commands) {
    const items = commands.map((command) => ({
      label: `/${command.shown}`,
      soft: command.options.filter((option) => option.required).map((option) => option.local_name).join(" "),
      hint: command.description,
      side: this.store.bot.name,
      value: command,
    }));
    const none = this.store.online ? "No command matches" : "No bot is connected, so there are no commands";
    this.panel.replaceChildren(this.menu.element);
    this.panel.hidden = false;
    this.menu.show(items, { heading: items.length ? "Commands" : this.store.commands.length ? "No command matches" : none });
  }

  key(event) {
    if (event.isComposing) return;
    if (!this.panel.hidden && this.panel.contains(this.menu.element) && this.menu.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    } else if (event.key === "Escape") {
      if (!this.panel.hidden) this.hidePanel();
      else if (this.replyTo) this.quote(null);
      else if (this.text.value.startsWith("/")) this.leave("");
    } else if (event.key === "ArrowUp" && !this.text.value && this.history.length) {
      event.preventDefault();
      const last = this.history.at(-1);
      const command = this.store.slashCommands(this.channelId).find((one) => one.name === last.name);
      if (command) this.fill(command, last.values);
    }
  }

  pickCommand(command) {
    this.fill(command);
  }

  // A command

  fill(command, values = {}, focus = true) {
    const { store, panel, channelId } = this;
    this.pills = new CommandPills({ store, command, values, panel, channelId, send: () => this.send(), leave: (text) => this.leave(text ?? "") });
    this.box.replaceChildren(this.plus, this.pills.element, this.button);
    this.plus.hidden = !command.options.some((option) => option.type === 11);
    this.ready();
    this.keepDraft();
    if (!focus) return;
    this.pills.explain();
    this.pills.begin();
    if (!command.options.length) this.button.focus();
  }

  // An example from the welcome, or a line out of a message: it fills the box and is not sent.
  use(line) {
    const found = parseLine(line, this.store.slashCommands(this.channelId));
    if (found) this.fill(found.command, found.values);
    else this.leave(line);
  }

  leave(text = "", focus = true) {
    this.pills = null;
    this.box.replaceChildren(this.plus, this.text, this.button);
    this.plus.hidden = this.silent;
    this.text.value = text;
    this.hidePanel();
    if (focus) this.text.focus();
    this.typed();
    if (!focus) this.hidePanel();
    else this.keepDraft();
  }

  async send() {
    if (this.sending) return;
    this.sending = true;
    try {
      await (this.pills ? this.sendCommand() : this.sendText());
    } finally {
      this.sending = false;
    }
  }

  async sendCommand() {
    const { pills } = this;
    const { command } = pills;
    const result = await this.store.act("slash", { channel: this.channelId, name: command.name, options: pills.values() });
    if (result.error) {
      pills.complain(result.problems);
      if (!Object.keys(result.problems).length) this.context.warn(result.error);
      else this.context.say(result.error);
      return;
    }
    this.history.push({ name: command.name, values: pills.words() });
    this.context.warn("");
    this.leave("");
  }

  async sendText() {
    const content = this.text.value.trim();
    if ((!content && !this.tray.files.length) || this.tray.busy) return;
    if (/^\/\S/.test(content)) {
      this.context.warn(`There is no command ${content.split(/\s/)[0]} here.`);
      return;
    }
    const result = await this.store.act("say", { channel: this.channelId, content, reply_to: this.replyTo?.id, files: this.tray.sent });
    if (result.error) {
      this.context.warn(result.error);
      return;
    }
    this.context.warn("");
    this.quote(null);
    this.tray.clear();
    this.leave("");
  }

  quote(message) {
    this.replyTo = message;
    const name = message && this.store.person(message.author.id).name;
    const stop = make("button", { type: "button", onclick: () => this.quote(null) }, "Cancel");
    this.above.replaceChildren(...(message ? [make("div.replying", {}, "Replying to ", make("b", {}, name), stop)] : []));
    this.above.className = message ? "replying-holder" : "";
    if (message) this.text.focus();
  }

  // Files

  listenForFiles() {
    const over = (event, on) => {
      event.preventDefault();
      this.box.classList.toggle("dropping", on);
    };
    this.form.addEventListener("dragover", (event) => over(event, true));
    this.form.addEventListener("dragleave", (event) => over(event, false));
    this.form.addEventListener("drop", (event) => {
      over(event, false);
      this.takeFiles([...event.dataTransfer.files]);
    });
    this.form.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length && this.pills?.takeFile(files[0])) event.preventDefault();
    });
  }

  pasted(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    event.stopPropagation();
    this.takeFiles(files);
  }

  // For a command they go into its file options, one each; otherwise they wait beside the text.
  takeFiles(files) {
    if (this.pills) files.every((file) => this.pills.takeFile(file));
    else if (!this.silent) this.tray.add(files);
  }

  addFiles() {
    if (this.pills) this.pills.chooseFile();
    else this.tray.choose();
  }

  showTyping() {
    clearTimeout(this.typingTimer);
    this.typing.replaceChildren(dots(), make("span", {}, make("b", {}, this.store.bot.name), " is typing…"));
    this.typing.hidden = false;
    this.typingTimer = setTimeout(() => (this.typing.hidden = true), 10000);
  }
}
