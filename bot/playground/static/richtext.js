// Text of several lines: mrkdwn (section, context, plain messages) and Markdown (the markdown block).

import { el } from "/dom.js";
import { inlineMarkdown, inlineMrkdwn } from "/inline.js";

const lines = (parts, inline) => parts.flatMap((line, i) => (i ? [el("br"), ...inline(line)] : inline(line)));

/** Slack's mrkdwn: fences, quotes, and lines. */
export function mrkdwn(text, names) {
  const inline = (line) => inlineMrkdwn(line, names);
  return text.split(/```\n?([\s\S]*?)\n?```/).flatMap((part, i) => {
    if (i % 2) return [el("pre", {}, el("code", {}, part.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&")))];
    return part ? quoted(part, inline) : [];
  });
}

function quoted(text, inline) {
  const groups = [];
  for (const line of text.split("\n")) {
    const quote = /^(?:&gt;|>) ?/.test(line);
    if (!groups.length || groups.at(-1).quote !== quote) groups.push({ quote, lines: [] });
    groups.at(-1).lines.push(quote ? line.replace(/^(?:&gt;|>) ?/, "") : line);
  }
  return groups.flatMap((group) => {
    const nodes = lines(group.lines, inline);
    return group.quote ? [el("blockquote", {}, ...nodes)] : [el("div", {}, ...nodes)];
  });
}

const FENCE = /^\s*(```|~~~)/;
const HEADING = /^(#{1,6})\s+(.*?)\s*#*$/;
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const RULE = /^\s*([-*_])(\s*\1){2,}\s*$/;
const DIVIDER_ROW = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

/** Markdown as the markdown block shows it. */
export function markdown(text, names) {
  return blocksOf(text.replaceAll("\r", "").split("\n"), (line) => inlineMarkdown(line, names));
}

function blocksOf(source, inline) {
  const nodes = [];
  let i = 0;
  const takeWhile = (test) => {
    const taken = [];
    while (i < source.length && test(source[i])) taken.push(source[i++]);
    return taken;
  };
  while (i < source.length) {
    const line = source[i];
    if (!line.trim()) i += 1;
    else if (FENCE.test(line)) nodes.push(fence());
    else if (HEADING.test(line)) { const [, marks, title] = HEADING.exec(line); i += 1; nodes.push(el(`h${Math.min(marks.length + 2, 6)}`, {}, ...inline(title))); }
    else if (RULE.test(line)) { i += 1; nodes.push(el("hr")); }
    else if (/^\s*>/.test(line)) nodes.push(el("blockquote", {}, ...blocksOf(takeWhile((l) => /^\s*>/.test(l)).map((l) => l.replace(/^\s*> ?/, "")), inline)));
    else if (line.includes("|") && DIVIDER_ROW.test(source[i + 1] ?? "")) nodes.push(table(takeWhile((l) => l.includes("|")), inline));
    else if (ITEM.test(line)) nodes.push(list(takeWhile((l) => ITEM.test(l) || (/^\s+\S/.test(l))), inline));
    else nodes.push(el("p", {}, ...lines(paragraph(), inline)));
  }
  return nodes;

  function fence() {
    const mark = FENCE.exec(source[i])[1];
    i += 1;
    const code = takeWhile((l) => !l.trim().startsWith(mark));
    i += 1;
    return el("pre", {}, el("code", {}, code.join("\n")));
  }
  function paragraph() {
    return [source[i++], ...takeWhile((l) => l.trim() && ![FENCE, HEADING, ITEM, RULE, /^\s*>/].some((start) => start.test(l)))];
  }
}

/** A list and, by indentation, the lists inside it. */
function list(source, inline) {
  const [, indent, mark] = ITEM.exec(source[0]);
  const ordered = /\d/.test(mark);
  const node = el(ordered ? "ol" : "ul", ordered && parseInt(mark, 10) !== 1 ? { start: parseInt(mark, 10) } : {});
  let i = 0;
  while (i < source.length) {
    const match = ITEM.exec(source[i]);
    const inner = [];
    i += 1;
    while (i < source.length && !(ITEM.test(source[i]) && ITEM.exec(source[i])[1].length <= indent.length)) inner.push(source[i++]);
    const first = inner.findIndex((line) => ITEM.test(line));
    const text = [match[3], ...(first < 0 ? inner : inner.slice(0, first)).map((line) => line.trim())];
    const nested = first < 0 ? [] : [list(inner.slice(first), inline)];
    node.append(el("li", {}, ...lines(text, inline), ...nested));
  }
  return node;
}

function table(rows, inline) {
  const cells = (row) => row.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim());
  const [head, , ...body] = rows;
  const line = (row, tag) => el("tr", {}, ...cells(row).map((cell) => el(tag, {}, ...inline(cell))));
  return el("div", { class: "table" }, el("table", {}, el("thead", {}, line(head, "th")), el("tbody", {}, ...body.map((row) => line(row, "td")))));
}
