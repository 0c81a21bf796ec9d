// What a number comes from: an event, all events of a product, or those of a month.

function fact(term, ...value) {
  return value.some((part) => part !== null && part !== '') ? [el('dt', {}, term), el('dd', {}, ...value)] : [];
}

// Who wrote an event. Only the web is linked to.
function build(place) {
  const [name, number, address] = data.builds[place];
  const text = `${string(name)}${number ? ` #${number}` : ''}` || 'unknown';
  const url = address ? string(address[0]) + address[1] : '';
  return /^https?:\/\//.test(url) ? el('a', { href: url, rel: 'noreferrer' }, text) : text;
}

// The installed packages beside what a notice asks for.
function evidence(place, caption) {
  if (place === null || place === undefined) return null;
  const cells = data.tables[place];
  const body = el('tbody');
  for (let at = 0; at + 2 < cells.length; at += 3) {
    const [name, have, need] = cells.slice(at, at + 3).map(string);
    body.append(el('tr', {}, el('th', { scope: 'row' }, name), el('td', {}, have), el('td', {}, need)));
  }
  const rest = cells.length % 3 === 1 ? el('p', { class: 'small' }, `and ${cells[cells.length - 1]} more, in the log`) : null;
  return el('div', {}, table(caption, ['package', 'installed', 'needed'], body), rest);
}

function list(named) {
  const item = (name) => {
    const notice = noticeOf(name);
    return el('li', {}, noticeLink(notice), ` ${notice.title}`);
  };
  const items = el('ul');
  const after = el('div');
  rows(items, named, item, after, FIRST_ROWS);
  return el('div', {}, items, after);
}

const bodies = [
  (event) => {
    const [, , , named, opening, priority, severity, compared, fixedIn] = event;
    const notice = noticeOf(named);
    return [
      el('dl', {}, ...fact('Notice', noticeLink(notice), ` ${notice.title}`), ...fact('Opening', `${opening}`),
        ...fact('Priority', chip(priority)), ...fact('CVSS', string(severity)), ...fact('Published', notice.published || ''),
        ...fact('CVEs', notice.cves.join(', ')), ...fact('Fixed before in', string(fixedIn))),
      evidence(compared, fixedIn === null ? 'Installed and too old' : 'Evidence of the fix'),
    ];
  },
  (event) => {
    const [, , , named, status, justification, statement, until] = event;
    const notice = noticeOf(named);
    return [el('dl', {}, ...fact('Notice', noticeLink(notice), ` ${notice.title}`),
      ...fact('Answer', string(status).replace(/_/g, ' ')), ...fact('Reason', string(justification).replace(/_/g, ' ')),
      ...fact('Statement', string(statement)), ...fact('Until', until === null ? 'for good' : moment(until)))];
  },
  (event) => {
    const [, , , version, fixed, spared, open, inside, packages] = event;
    const fixes = fixed.map(([named, compared, way]) => {
      const notice = noticeOf(named);
      const how = way === null ? '' : ` · came with ${string(way)}`;
      const shown = compared === null ? ' · no evidence' : '';
      const head = el('summary', {}, `${notice.id} ${notice.title}${how}${shown}`);
      const details = el('details', {}, head);
      details.addEventListener('toggle', () => {
        if (details.children.length === 1) {
          const none = el('p', {}, 'Somebody said so; no packages show it.');
          details.append(el('p', {}, noticeLink(notice)), evidence(compared, `Evidence for ${notice.id}`) || none);
        }
      });
      return details;
    });
    const part = (title, named) => (named.length ? [el('h3', {}, `${title} (${named.length})`), list(named)] : []);
    return [
      el('dl', {}, ...fact('Release', string(version)), ...fact('Contains', inside.map(string).join(', ')),
        ...fact('Packages', packages ? 'kept beside the log' : 'not recorded')),
      ...(fixes.length ? [el('h3', {}, `Fixed (${fixes.length})`), el('div', { class: 'fixes' }, ...fixes)] : []),
      ...part('Not affected', spared), ...part('Still open', open),
    ];
  },
];

function showEvent(name, seq) {
  const product = products.get(name);
  const event = product && product.events[seq - 1];
  if (!event) return show('No such event', el('p', {}, 'This page holds no such event.'));
  const [kind, at, by] = event;
  const near = [seq > 1 ? eventLink(name, seq - 1, '← event before') : null,
    link(`#/${name}`, 'all events'), seq < product.events.length ? eventLink(name, seq + 1, 'next event →') : null];
  return show(`${name}, event ${seq}`, el('p', { class: 'lead' }, says(event)),
    el('dl', {}, ...fact('Written', moment(at)), ...fact('By', build(by))), ...bodies[kind](event),
    el('p', { class: 'near small' }, ...near.filter((one) => one)));
}

function showEvents(title, pairs, about) {
  const body = el('tbody');
  const after = el('div');
  const row = ([name, seq]) => {
    const event = products.get(name).events[seq - 1];
    return el('tr', {}, el('td', {}, eventLink(name, seq, `${name} ${seq}`)), el('td', {}, day(event[1])), el('td', { class: 'wide' }, says(event)));
  };
  const columns = ['event', 'written', 'what it says'];
  show(title, el('p', {}, about), table(title, columns, body), after);
  rows(body, pairs, labelled(columns, row), after);
}

function showProduct(name) {
  const product = products.get(name);
  if (!product) return show('No such product', el('p', {}, 'This page holds no such product.'));
  const pairs = product.events.map((_, at) => [name, at + 1]).reverse();
  return showEvents(`${name}, all events`, pairs, `${plural(pairs.length, 'event')}, newest first.`);
}

const months = {
  released: (which) => {
    const counted = (product, event, seq) => event[0] === 2 && month(event[1]) === which && !product.imported.includes(seq);
    const pairs = data.products.flatMap((product) => product.events.flatMap((event, at) => (counted(product, event, at + 1) ? [[product.name, at + 1]] : [])));
    showEvents(`Releases in ${which}`, pairs, `${plural(pairs.length, 'release')}.`);
  },
  fixed: (which) => {
    const fixed = cases.filter((one) => one.took && one.took[0] === which).sort((a, b) => b.took[1] - a.took[1]);
    const body = el('tbody');
    const after = el('div');
    const row = (one) => el('tr', {}, el('th', { scope: 'row' }, noticeLink(one.notice)), el('td', {}, one.product), el('td', {}, stands(one)),
      el('td', { class: 'n' }, length(one.took[1] * 3600)), el('td', {}, eventLink(one.product, one.seq, `${one.seq}`)));
    const columns = ['notice', 'product', 'release', 'from notice', 'event'];
    show(`Fixed in ${which}`, table(`Notices fixed in ${which}, slowest first`, columns, body), after);
    rows(body, fixed, labelled(columns, row), after);
  },
  waiting: (which) => {
    const [year, number] = which.split('-').map(Number);
    const end = Math.min(Date.UTC(year, number, 1) / 1000, data.now + 1);
    const waited = (one) => one.spans.some((from, at) => at % 2 === 0 && from < end && (one.spans[at + 1] === 0 || one.spans[at + 1] >= end));
    const pairs = cases.filter(waited).map((one) => [one.product, one.events.filter((seq) => products.get(one.product).events[seq - 1][1] < end).pop() || one.seq]);
    showEvents(`Open at the end of ${which}`, pairs, `${plural(pairs.length, 'notice')}, each with its last event until then.`);
  },
};
