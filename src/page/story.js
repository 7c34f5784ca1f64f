/* Stories as doc/story.md has them, made ready: each row gets both control blocks whole, its place, and what a search looks at. */
const SIDES = ["a", "b"];
const stories = [];
const other = (side) => (side === "a" ? "b" : "a");

function addStory(told) {
  const story = {title: told.title, start: told.start || 0, connections: [], rows: [], last: []};
  stories.push(story);
  addRows(story, told);
  return story;
}

/* A later row of a connection says only what differs. Nothing changed: the same object serves again. */
function overlay(before, change) {
  if (!change) return before || {};
  const now = Object.assign({}, before, change);
  for (const key of Object.keys(change)) if (change[key] === null) delete now[key];
  return now;
}

function noteText(note) { return note.text ? t(note.text) : ""; }
function findings(row) { return (row.notes || []).filter((note) => note.finding); }

function searched(row) {
  const parts = [row.label && t(row.label), row.text && t(row.text), row.rule, row.rule_in, row.drop, row.fate, row.n, row.tcb.a.state, row.tcb.b.state];
  for (const note of row.notes || []) parts.push(note.text && t(note.text), note.finding, note.rule);
  if (row.segment) parts.push(row.segment.seq, row.segment.ack);
  parts.push(row.from.a.endpoint, row.from.b.endpoint);
  for (const rule of [row.rule, row.rule_in].map((name) => entry(words.rules, name))) if (rule) parts.push(rule.doc, t(rule.text));
  return parts.filter((part) => part !== undefined).join(" ").toLowerCase();
}

function addRows(story, told) {
  if (told.start !== undefined) story.start = told.start;
  for (const [name, messages] of Object.entries(told.messages || {})) Object.assign(words.messages[name], messages);
  story.folded = told.folded || 0;
  for (const [i, connection] of (told.connections || []).entries()) {
    story.connections[i] = Object.assign(story.connections[i] || {rows: 0, found: 0}, connection);
  }
  for (const row of told.rows || []) {
    const last = story.last[row.conn] || {a: {}, b: {}};
    const change = row.tcb || {};
    row.before = last;
    row.tcb = {a: overlay(last.a, change.a), b: overlay(last.b, change.b)};
    story.last[row.conn] = row.tcb;
    row.place = story.rows.length;
    story.rows.push(row);
    const connection = row.from = story.connections[row.conn];
    connection.rows++;
    connection.found += findings(row).length;
  }
}

/* ---- words for what is in a row ---- */

function endName(story, row, side) {
  const end = story.connections[row.conn][side];
  return end.name ? t(end.name) : end.endpoint;
}

function endTitle(story, row, side) {
  const end = story.connections[row.conn][side];
  return end.name ? t(end.name) + " " + end.endpoint : end.endpoint;
}

function time(story, at) {
  const us = (at - story.start) / 1000;
  if (Math.abs(us) < 1000) return us.toFixed(0) + " µs";
  if (Math.abs(us) < 1e6) return (us / 1000).toFixed(3) + " ms";
  return (us / 1e6).toFixed(6) + " s";
}

function span(ns) {
  if (ns >= 1e9) return (ns / 1e9).toFixed(3) + " s";
  if (ns >= 1e6) return (ns / 1e6).toFixed(1) + " ms";
  return (ns / 1e3).toFixed(0) + " µs";
}

function kindText(row) {
  const notes = (row.notes || []).filter((note) => note.text).map((note) => t(note.text)).join("; ");
  if (row.kind === "timer") return notes ? say(t("timer: {1}"), notes) : t("a timer fired");
  if (row.kind === "call") return notes ? say(t("call: {1}"), notes) : t("the application called");
  return notes || (row.rule ? ruleText(row.rule) : "");
}
function rowText(row) {
  if (row.kind === "segment") return absolute ? absoluteLabel(row) : t(row.label);
  return row.text ? t(row.text) : kindText(row);
}

/* The label with numbers as on the wire. */
function absoluteLabel(row) {
  const s = row.segment;
  return !row.label ? "" : t(row.label).replace(/\bseq \d+(?:\.\.\d+)?/, "seq " + s.seq).replace(/\back \d+/, "ack " + s.ack);
}

function ruleText(name) {
  const rule = entry(words.rules, name);
  return rule ? t(rule.text) : name;
}

function fateText(row) {
  if (row.forged) return t("forged");
  if (row.fate === "lost") return t("lost on its way");
  if (row.fate === "refused") return t("refused by the receiver");
  if (row.duplicate) return t("second copy, made by the network");
  return "";
}

/* A row in a sentence, for those who hear the page. */
function sentence(story, row) {
  const who = endName(story, row, row.side);
  const what = row.kind === "segment" ? say(t("{1} sends {2}"), who, rowText(row)) : say(t("{1}: {2}"), who, rowText(row));
  const states = say(t("states: {1} {2}, {3} {4}"), endName(story, row, "a"), row.tcb.a.state || t("unknown"),
    endName(story, row, "b"), row.tcb.b.state || t("unknown"));
  return [time(story, row.at), what, fateText(row), states, ...findings(row).map(noteText)].filter(Boolean).join("; ");
}
