// A whole command in one line, as it is pasted or stands in an example: /imagine prompt:"a red circle" seed:7

export function parseLine(line, commands) {
  const command = [...commands]
    .sort((a, b) => b.name.length - a.name.length)
    .find((one) => called(one, line));
  if (!command) return null;
  const name = called(command, line);
  const values = {};
  const loose = [];
  let rest = line.slice(name.length + 1);
  const known = new Map(command.options.flatMap((option) => [[option.name, option.name], [option.local_name, option.name]]));
  while (rest) {
    const named = /^\s*([-_'\p{L}\p{N}]+):\s*(?:"((?:[^"\\]|\\.)*)"|(\S*))/u.exec(rest);
    const word = named && known.has(named[1]) ? null : /^\s*\S+|^\s+/.exec(rest);
    if (word) loose.push(word[0].trim());
    else values[known.get(named[1])] = named[2] !== undefined ? named[2].replace(/\\(.)/g, "$1") : named[3];
    rest = rest.slice((word ?? named)[0].length);
  }
  const words = loose.filter(Boolean).join(" ");
  const home = command.options.find((o) => o.required && !(o.name in values)) ?? command.options.find((o) => o.type === 3 && !(o.name in values));
  if (words && home) values[home.name] = words;
  return { command, values, length: name.length + 1 };
}

// By its own name or by the one in the reader's language.
function called({ name, shown }, line) {
  return [shown, name].find((one) => line === `/${one}` || line.startsWith(`/${one} `));
}
