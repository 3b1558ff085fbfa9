// The message box: plain text, the list of commands after a slash, and then the command's pills.

import { dots, freshId, icon, make } from "./dom.js";
import { Menu } from "./menu.js";
import { CommandPills } from "./pills.js";
import { parseLine, writeLine } from "./slashline.js";

export class Composer {
  constructor({ store, form, context }) {
    Object.assign(this, { store, form, context });
    this.history = [];
    this.drafts = new Map();
    this.panel = make("div.panel", { hidden: true });
    this.menu = new Menu({ label: "Commands", pick: (item) => this.pickCommand(item.value) });
    this.text = make("textarea", {
      id: "composer-text",
      rows: 1,
      maxLength: 4000,
      "aria-label": "Message",
      "aria-controls": this.menu.element.id,
      oninput: () => this.typed(),
      onkeydown: (event) => this.key(event),
      onpaste: (event) => this.pasted(event),
    });
    this.menu.owner = this.text;
    this.button = make("button.send", { type: "submit", "aria-label": "Send" }, icon("send"));
    this.box = make("div.box", {}, this.text, this.button);
    this.above = make("div");
    this.typing = make("div.typing", { id: freshId("typing"), hidden: true });
    form.append(this.panel, this.above, this.box, this.typing);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    form.addEventListener("focusout", (event) => {
      if (!form.contains(event.relatedTarget)) this.panel.hidden = true;
    });
    this.listenForFiles();
    store.addEventListener("typing", ({ detail }) => detail === this.channelId && this.showTyping());
    store.addEventListener("message", ({ detail }) => detail.message.author.bot && (this.typing.hidden = true));
    store.addEventListener("commands", () => !this.pills && document.activeElement === this.text && this.typed());
  }

  open(channelId) {
    if (this.channelId && !this.pills) this.drafts.set(this.channelId, this.text.value);
    this.channelId = channelId;
    this.leave(this.drafts.get(channelId) ?? "", false);
    this.quote(null);
    const channel = this.store.channel(channelId);
    this.text.placeholder = channel.direct ? `Message @${this.store.bot.name}` : `Message #${channel.name}   ·   / for commands`;
    this.text.setAttribute("aria-label", this.text.placeholder.replace(/ +· +/, ", "));
    this.typing.hidden = true;
  }

  // Plain text

  typed() {
    this.fit();
    this.button.disabled = !this.text.value.trim();
    const line = this.text.value;
    if (!line.startsWith("/") || line.includes("\n")) {
      this.panel.hidden = true;
      return;
    }
    const commands = this.store.slashCommands(this.channelId);
    const complete = parseLine(line, commands);
    if (complete && /\s/.test(line.slice(complete.command.name.length + 1)) && !commands.some((c) => c !== complete.command && c.name.startsWith(line.slice(1)))) {
      this.fill(complete.command, complete.values);
      return;
    }
    const wanted = line.slice(1).toLowerCase();
    const starts = commands.filter((command) => command.name.startsWith(wanted));
    const contains = commands.filter((command) => !starts.includes(command) && command.name.includes(wanted));
    this.listCommands([...starts, ...contains]);
  }

  fit() {
    this.text.style.height = "auto";
    this.text.style.height = `${this.text.scrollHeight}px`;
  }

  listCommands(commands) {
    const items = commands.map((command) => ({
      label: `/${command.name}`,
      soft: command.options.filter((option) => option.required).map((option) => option.name).join(" "),
      hint: command.description,
      side: this.store.bot.name,
      value: command,
    }));
    const none = this.store.online ? "No command matches" : "No bot is connected, so there are no commands";
    this.menu.show(items, { heading: items.length ? "Commands" : this.store.commands.length ? "No command matches" : none });
    this.panel.replaceChildren(this.menu.element);
    this.panel.hidden = false;
  }

  key(event) {
    if (event.isComposing) return;
    if (!this.panel.hidden && this.panel.contains(this.menu.element) && this.menu.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    } else if (event.key === "Escape") {
      if (!this.panel.hidden) this.panel.hidden = true;
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

  fill(command, values = {}) {
    const { store, panel, channelId } = this;
    this.pills = new CommandPills({ store, command, values, panel, channelId, send: () => this.send(), leave: (text) => this.leave(text ?? "") });
    this.box.replaceChildren(this.pills.element, this.button);
    this.button.disabled = false;
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
    this.box.replaceChildren(this.text, this.button);
    this.text.value = text;
    this.panel.hidden = true;
    if (focus) this.text.focus();
    this.typed();
    if (!focus) this.panel.hidden = true;
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
    this.history.push({ name: command.name, values: pills.words(), line: writeLine(command, pills.words()) });
    this.context.warn("");
    this.leave("");
  }

  async sendText() {
    const content = this.text.value.trim();
    if (!content) return;
    if (/^\/\S/.test(content)) {
      this.context.warn(`There is no command ${content.split(/\s/)[0]} here.`);
      return;
    }
    const result = await this.store.act("say", { channel: this.channelId, content, reply_to: this.replyTo?.id });
    if (result.error) {
      this.context.warn(result.error);
      return;
    }
    this.context.warn("");
    this.quote(null);
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

  async takeFiles(files) {
    if (!files.length || (this.pills && this.pills.takeFile(files[0]))) return;
    if (this.pills) return;
    const sent = await Promise.all(files.map((file) => this.store.upload(file, this.channelId)));
    const wrong = sent.find((one) => one.error);
    const ids = sent.filter((one) => one.attachment).map((one) => one.attachment.id);
    const result = wrong ?? (await this.store.act("say", { channel: this.channelId, content: this.text.value, files: ids }));
    if (result.error) this.context.warn(result.error);
    else this.leave("");
  }

  showTyping() {
    clearTimeout(this.typingTimer);
    this.typing.replaceChildren(dots(), make("span", {}, make("b", {}, this.store.bot.name), " is typing…"));
    this.typing.hidden = false;
    this.typingTimer = setTimeout(() => (this.typing.hidden = true), 10000);
  }
}
