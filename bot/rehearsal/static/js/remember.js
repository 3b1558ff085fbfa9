// What outlives a reload of the page: drafts for as long as the tab lives, tastes for longer.

const PREFIX = "rehearsal:";

function read(storage, key) {
  try {
    return JSON.parse(storage().getItem(PREFIX + key));
  } catch {
    return null; // storage is switched off, or holds what another version wrote
  }
}

function write(storage, key, value) {
  try {
    if (value === null || value === undefined) storage().removeItem(PREFIX + key);
    else storage().setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // Nothing is lost but the memory of it.
  }
}

export const taste = { get: (key) => read(() => localStorage, key), set: (key, value) => write(() => localStorage, key, value) };
export const draft = { get: (key) => read(() => sessionStorage, key), set: (key, value) => write(() => sessionStorage, key, value) };
