// The data of the page, and what its numbers stand for.

const data = JSON.parse(document.getElementById('data').textContent);
const PRIORITIES = ['unknown', 'negligible', 'low', 'medium', 'high', 'critical'];
const STANDINGS = ['not affected', 'fixed', 'affected', 'under investigation', 'open'];
const FIXED = 1;
// Time goes on while nothing is recorded: whatever the log can't know is told by the clock of whoever reads.
const clock = Math.max(data.now, Math.floor(Date.now() / 1000));
const string = (place) => (place === null || place === undefined ? '' : data.strings[place]);

// What is nowhere else: the notices by id and by CVE, the products by name.
const notices = data.notices.map(([id, title, published, priority, cves]) => ({
  id, title: string(title), published, priority, cves: cves.map(string), cases: [],
}));
const products = new Map(data.products.map((product) => [product.name, product]));
const byId = new Map(notices.map((notice) => [notice.id, notice]));
const byCve = new Map();
for (const notice of notices) {
  for (const cve of notice.cves) byCve.set(cve, (byCve.get(cve) || []).concat(notice));
}
const cases = [];
for (const product of data.products) {
  for (const [place, standing, seq, since, priority, opened, spans, events, took, inside, lacking] of product.cases) {
    const one = {
      product: product.name, notice: notices[place], standing, seq, since: string(since), priority, opened, spans, events, took,
      inside: string(inside), lacking: lacking || [[], 0, false], ranOut: false,
    };
    runOut(one, product.events);
    cases.push(one);
    notices[place].cases.push(one);
  }
}
for (const notice of notices) notice.words = `${notice.id} ${notice.title} ${notice.cves.join(' ')}`.toLowerCase();

// An answer that has run out by now leaves its notice open.
function runOut(one, events) {
  const last = one.events[one.events.length - 1];
  const [kind, , , , , , , until] = events[last - 1];
  if (kind !== 1 || until === null || until > clock || one.standing === FIXED) return;
  one.ranOut = true;
  if (one.standing !== 0 && one.standing !== 2) return;
  one.standing = 4;
  one.opened = last;
  one.spans.push(until, 0);
}

const noticeOf = (named) => (typeof named === 'number' ? notices[named] : { id: named, title: '', cves: [], cases: [] });
const isOpen = (one) => one.standing > 2;
const openSince = (one) => one.spans[one.spans.length - 2];
const isLate = (one) => isOpen(one) && clock - openSince(one) > data.targets[one.priority];
const month = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 7);

function day(seconds) {
  const when = { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' };
  return new Date(seconds * 1000).toLocaleDateString('en-GB', when);
}

function moment(seconds) {
  return `${day(seconds)}, ${new Date(seconds * 1000).toISOString().slice(11, 16)} UTC`;
}

function length(seconds) {
  const hours = Math.floor(seconds / 3600);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
}

function plural(count, noun) {
  const several = /(s|x|ch|sh)$/.test(noun) ? `${noun}es` : `${noun}s`;
  return `${count.toLocaleString('en-GB')} ${count === 1 ? noun : several}`;
}

// How many of these are open and late, and how many of each priority.
function counts(some) {
  const open = some.filter(isOpen);
  const by = PRIORITIES.map((_, rank) => open.filter((one) => one.priority === rank).length);
  return { open: open.length, late: open.filter(isLate).length, inside: open.filter((one) => one.inside).length, by };
}

// Where a product stands with a notice, in words.
function stands(one) {
  if (one.standing === FIXED) return `fixed since ${one.since}`;
  if (one.standing === 2) return 'affected, left unfixed by an answer';
  if (one.standing === 4 && one.inside) return `open inside ${one.inside}`;
  if (one.standing === 4 && one.ranOut) return 'open, its answer ran out';
  return STANDINGS[one.standing];
}

// What an event says, in one line.
function says(event) {
  const [kind] = event;
  if (kind === 0) {
    const { id, title } = noticeOf(event[3]);
    return event[8] === null ? `${id} was opened: ${title}` : `${id} was fixed before it was seen, in ${string(event[8])}: ${title}`;
  }
  if (kind === 1) return `${noticeOf(event[3]).id} was answered: ${string(event[4]).replace(/_/g, ' ')}`;
  const [, , , version, fixed, , open] = event;
  return `Release ${string(version)}: ${plural(fixed.length, 'notice')} fixed, ${open.length} open`;
}
