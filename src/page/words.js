"use strict";
/* The reader's language. Messages are gettext's: t("...") marks one, the page carries the translations. Holes are {1}, {2}. What
 * the stories say is English, and is translated in the same way. */
const words = JSON.parse(document.getElementById("words").textContent);
let language = words.language;

/* Of a table only what was put there: a story may name anything. */
function entry(table, name) { return Object.hasOwn(table, name) ? table[name] : undefined; }
function t(message) { return entry(words.messages[language] || {}, message) || message; }
function say(message, ...values) { return message.replace(/\{(\d)\}/g, (hole, i) => values[i - 1]); }

/* ---- the document ---- */

const by = (id) => document.getElementById(id);

/* An element: make("td", {class: "x"}, child, "text", ...). */
function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) if (value !== undefined) element.setAttribute(name, value);
  element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

function svg(tag, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text !== undefined) element.textContent = text;
  return element;
}

/* The texts that stand still. */
function labels() {
  return {
    "which": t("Shown"), "numbers": t("Numbers"), "theme": t("Colours"), "ladder": t("Segments and states"), "search": t("Search"),
    "flags": t("Flags"), "rule": t("Rule"), "found": t("only with findings"), "matching": t("only what the search finds"),
    "clear": t("Show all"), "time": t("Time"), "moment": t("Moment"), "speed": t("Speed"), "a-second": t("rows a second"),
    "follow": t("follow"), "why": t("Why, and what it changed"), "space": t("Sequence numbers and windows"), "tcb": t("Control blocks at this moment"),
    "bytes": t("Header, byte by byte"), "diagram": t("State diagram"), "whole": t("the whole picture"),
    "keys": t("Keys: Arrow Up and Down step, Page Up and Page Down ten, Home and End, Space plays and pauses, / searches, N and Shift+N go to the next and previous match."),
    "foot": words.live ? t("Made by tern; it asks for nothing but the rows of the server that it came from.")
      : t("Made by tern from what happened; this file asks nothing of any network."),
  };
}
function names() {
  return {
    "search-back": t("Previous match"), "search-on": t("Next match"), "first": t("First row"), "back": t("One row back"),
    "play": t("Play or pause"), "on": t("One row on"), "last": t("Last row"), "player": t("Time"), "filter": t("Search and filter"),
  };
}

function showWords() {
  document.documentElement.lang = language === "zh_CN" ? "zh-CN" : "en";
  const texts = labels();
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = texts[element.dataset.t];
  for (const [id, text] of Object.entries(names())) {
    by(id).setAttribute("aria-label", text);
    by(id).title = text;
  }
  by("skip").textContent = t("To the segments");
}
