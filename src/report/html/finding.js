// One finding: a heading that opens it, and its body, which is built when it is opened for the first time.

const labelOf = (finding) => {
  const status = statusOf(finding);
  if (status === "resolved") return status;
  return finding.status === "fail" ? finding.severity : finding.status.replace("_", " ");
};

/** Copies a text; where the browser does not let it, the text is selected for the reader to copy. */
const copy = async (text, shown, button) => {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(shown);
    button.textContent = "Selected";
  }
  button.addEventListener("blur", () => { button.textContent = "Copy"; }, { once: true });
};

const commandOf = (text, number, all) => {
  const shown = element("pre", {}, element("code", {}, text));
  const button = element("button", { type: "button", "aria-label": all > 1 ? `Copy command ${number} of ${all}` : "Copy the command" }, "Copy");
  button.addEventListener("click", () => copy(text, shown, button));
  return element("div", { className: "command" }, shown, button);
};

const evidenceOf = (piece) => {
  const item = element("li", {}, piece.text);
  if (piece.document !== undefined) {
    item.append(element("pre", { "aria-label": "Policy statement" }, element("code", {}, report.statements[piece.document])));
    item.append(element("p", { className: "place" }, `statement ${piece.statement} of ${piece.policy}`));
  }
  return item;
};

const term = (list, name, value) => {
  if (value) list.append(element("dt", {}, name), element("dd", {}, value));
};

const bodyOf = (finding) => {
  const rule = report.rules[finding.rule] ?? {};
  const about = element("dl", {});
  term(about, "Rule", rule.title);
  term(about, "Account", accountWords(finding));
  term(about, "Region", [finding.region, ...(finding.further_regions ?? [])].join(", "));
  term(about, "Role", finding.role && element("code", {}, finding.role));
  term(about, "Nodes", (finding.nodes ?? []).join("; "));
  term(about, "Severity", finding.severity);
  term(about, "Suppressed", finding.suppressed);
  term(about, "Suppression expired", finding.expired);
  term(about, "Against the baseline", finding.change);
  term(about, "Before", finding.previous);
  term(about, "Compliance", rule.controls);
  term(about, "Source", rule.source && element("a", { href: rule.source, rel: "noreferrer" }, rule.source));
  term(about, "Id", element("a", { href: `#finding=${encodeURIComponent(finding.id)}` }, finding.id));
  const parts = [about];
  if (finding.evidence.length) {
    parts.push(element("h4", {}, "Evidence"), element("ul", {}, ...finding.evidence.map(evidenceOf)));
  }
  if (finding.fix) {
    const { commands } = finding.fix;
    parts.push(element("h4", {}, `What to do (${finding.fix.class})`), element("p", {}, finding.fix.text));
    parts.push(...commands.map((text, at) => commandOf(text, at + 1, commands.length)));
  }
  return parts;
};

/** Opens or closes a finding. */
const open = (item, wanted) => {
  const button = item.querySelector("h3 button");
  const body = item.querySelector(".body");
  if (wanted && !body.hasChildNodes()) body.append(...bodyOf(report.findings[Number(item.dataset.place)]));
  button.setAttribute("aria-expanded", String(wanted));
  body.hidden = !wanted;
};

/** A finding, closed. */
const itemOf = (place) => {
  const finding = report.findings[place];
  const label = labelOf(finding);
  const id = `finding-${place}`;
  const button = element("button", { type: "button", "aria-expanded": "false", "aria-controls": id },
    element("span", { className: `label ${label}` }, label), ` ${finding.rule} ${report.rules[finding.rule]?.slug ?? ""}: ${finding.message}`);
  const marks = [finding.suppressed && "suppressed", finding.change === "new" && "new since the baseline"];
  const where = [accountWords(finding).trim(), finding.region, finding.role, ...marks].filter(Boolean).join(" · ");
  const item = element("li", { className: "finding" }, element("h3", {}, button),
    element("p", { className: "place" }, where),
    element("div", { className: "body", id, hidden: true }));
  item.dataset.place = String(place);
  button.addEventListener("click", () => open(item, button.getAttribute("aria-expanded") !== "true"));
  return item;
};
