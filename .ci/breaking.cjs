// What clients use leaves the schema only after it was deprecated: compares schema.graphql with that of the last tag, or
// of the commit before where there is no tag.
const { execFileSync } = require("node:child_process");
const { readFileSync } = require("node:fs");
const { buildSchema, findBreakingChanges, BreakingChangeType } = require("graphql");

function git(...args) {
  try {
    return execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], maxBuffer: 1 << 26 });
  } catch {
    return null;
  }
}

const base = git("describe", "--tags", "--abbrev=0")?.trim() ?? "HEAD~";
const before = git("show", `${base}:schema.graphql`);
if (before === null) {
  console.log(`no schema.graphql at ${base}: nothing to compare with`);
  process.exit(0);
}
const old = buildSchema(before);
const changes = findBreakingChanges(old, buildSchema(readFileSync("schema.graphql", "utf8")));

// "Athlete.age was removed." of a field or enum value that was deprecated is what deprecation is for.
function wasDeprecated({ type, description }) {
  const removed = [BreakingChangeType.FIELD_REMOVED, BreakingChangeType.VALUE_REMOVED_FROM_ENUM];
  if (!removed.includes(type)) return false;
  const [, one, other] =
    description.match(/^(\w+)\.(\w+) was removed/) ?? description.match(/^(\w+) was removed from enum type (\w+)/) ?? [];
  const [typeName, name] = type === BreakingChangeType.FIELD_REMOVED ? [one, other] : [other, one];
  const owner = old.getType(typeName);
  const member = owner?.getFields?.()[name] ?? owner?.getValue?.(name);
  return member?.deprecationReason != null;
}

// A type that nothing uses any more is gone with the fields that used it; only fragments can still name one.
function isUnused({ type, description }) {
  if (type !== BreakingChangeType.TYPE_REMOVED) return false;
  const name = description.match(/(\w+) was removed/)?.[1];
  return !old.getType(name)?.getInterfaces?.().length;
}

const broken = changes.filter((change) => !wasDeprecated(change) && !isUnused(change));
for (const { description } of broken) console.error(`breaks clients of ${base}: ${description}`);
console.log(`${broken.length} breaking changes since ${base}`);
process.exit(broken.length > 0 ? 1 : 0);
