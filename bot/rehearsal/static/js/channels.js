// The servers, and the channels of the one that is looked at.

import { make } from "./dom.js";
import { taste } from "./remember.js";

const initials = (name) =>
  name
    .split(/\s+/)
    .map((word) => word[0])
    .join("")
    .slice(0, 3);

export class ChannelList {
  constructor({ store, rail, list, title, open }) {
    Object.assign(this, { store, rail, list, title, open });
    this.unread = new Set();
  }

  // The channel with which a server is entered: where one was last, or its first.
  entrance(guild) {
    const channels = this.store.channels.filter((channel) => channel.guild_id === guild.id);
    return channels.find((channel) => channel.id === taste.get(`last:${guild.id}`)) ?? channels[0];
  }

  show(channelId) {
    const { store } = this;
    this.channelId = channelId;
    this.unread.delete(channelId);
    this.guild = store.guildOf(channelId) ?? this.guild ?? store.guilds[0];
    if (store.guildOf(channelId)) taste.set(`last:${this.guild.id}`, channelId);
    this.draw();
  }

  mark(channelId) {
    this.unread.add(channelId);
    this.draw();
  }

  draw() {
    const { store } = this;
    if (!this.guild) return;
    this.title.textContent = this.guild.name;
    this.rail.replaceChildren(...(store.guilds.length > 1 ? store.guilds.map((guild) => this.server(guild)) : []));
    this.rail.hidden = store.guilds.length < 2;
    const here = store.channels.filter((channel) => channel.guild_id === this.guild.id);
    const tops = here.filter((channel) => !channel.parent_id);
    const withThreads = tops.flatMap((channel) => [channel, ...here.filter((one) => one.parent_id === channel.id)]);
    const direct = store.channels.filter((channel) => channel.direct);
    this.list.replaceChildren(...this.group("Channels", withThreads), ...this.group("Direct messages", direct));
  }

  server(guild) {
    const current = guild.id === this.guild.id;
    const waiting = store => store.channels.some((channel) => channel.guild_id === guild.id && this.unread.has(channel.id));
    const attributes = { type: "button", title: guild.name, "aria-label": guild.name, "aria-current": current ? "true" : null, onclick: () => this.open(this.entrance(guild).id, false) };
    const button = make("button.server", attributes, make("span", { "aria-hidden": "true" }, initials(guild.name)));
    button.classList.toggle("unread", waiting(this.store));
    return make("li", {}, button);
  }

  group(title, channels) {
    if (!channels.length) return [];
    return [make("h2.channel-group", {}, title), make("ul", { role: "list" }, channels.map((channel) => this.entry(channel)))];
  }

  entry(channel) {
    const attributes = { type: "button", onclick: () => this.open(channel.id), "aria-current": channel.id === this.channelId ? "page" : null };
    const sign = make("span.sign", { "aria-hidden": "true" }, channel.direct ? "@" : channel.parent_id ? "↳" : "#");
    const name = channel.direct ? this.store.bot.name : channel.name;
    const tag = channel.nsfw ? make("span.tag", { title: "Age-restricted" }, "18+") : null;
    const quiet = !channel.can_send ? make("span.tag", { title: "You may not write here" }, "read") : null;
    const button = make(`button.channel${channel.parent_id ? ".thread" : ""}`, attributes, sign, make("span.name", {}, name), tag ?? quiet);
    button.classList.toggle("unread", this.unread.has(channel.id));
    return make("li", {}, button);
  }
}
