// The order of npm's own `semver`.
const semver = require("semver");

for (const line of require("fs").readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const [one, other] = line.split("\t");
  const valid = semver.valid(one) && semver.valid(other);
  console.log([one, valid ? { "-1": "<", 0: "=", 1: ">" }[semver.compare(one, other)] : "!", other].join("\t"));
}
