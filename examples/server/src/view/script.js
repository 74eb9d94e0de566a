"use strict";

// Adds changes to the page as they come. All text of rows goes through `textContent`, and the server's policy forbids any other way.
(() => {
  const page = document.body.dataset;
  if (!page.events) return;

  const status = document.getElementById("status");
  let source = null;
  let last = page.since;
  let missed = 0;
  let retry = 0;

  const tell = (state, text) => {
    status.dataset.state = state;
    status.textContent = text;
  };

  const make = (name, className, text) => {
    const element = document.createElement(name);
    if (className) element.className = className;
    if (text !== undefined) element.textContent = text;
    return element;
  };

  const link = (href, text, className) => {
    const element = make("a", className);
    element.href = href;
    const isolated = make("bdi", "", text);
    element.append(isolated);
    return element;
  };

  const time = (row) => {
    const element = make("time", "", row.time);
    element.dateTime = row.updatedAt;
    return element;
  };

  const notice = (text) => {
    const element = document.getElementById("notice");
    const again = make("a", "", "Show them");
    again.href = location.href;
    element.replaceChildren(`${text} `, again);
    element.hidden = false;
  };

  const present = (selector, id) => {
    for (const element of document.querySelectorAll(selector)) if (element.dataset.id === id) return element;
    return null;
  };

  const changes = (count) => (count === 1 ? "1 newer change." : `${count} newer changes.`);

  // The list of recent changes on the first page.
  const feed = (change, row) => {
    const item = make("li", row.deleted ? "deleted fresh" : "fresh");
    item.dataset.table = change.table;
    item.dataset.id = row.id;
    const where = make("span", "where");
    where.append(link(change.href, change.table), " / ", link(row.href, row.shownId));
    const what = make("span", "what");
    if (row.deleted) what.append(make("span", "badge", "deleted"));
    what.append(make("bdi", "", row.summary));
    item.append(time(row), where, what);
    const list = document.getElementById("feed");
    for (const old of list.children) if (old.dataset.table === change.table && old.dataset.id === row.id) { old.remove(); break; }
    list.prepend(item);
    while (list.children.length > Number(list.dataset.limit)) list.lastElementChild.remove();
    document.getElementById("none")?.remove();
  };

  const tableRow = (row) => {
    const labels = [...document.querySelectorAll(".rows thead th")].map((head) => head.textContent);
    const element = make("tr", row.deleted ? "deleted fresh" : "fresh");
    element.dataset.id = row.id;
    element.dataset.stamp = row.stamp;
    element.setAttribute("role", "row");
    const head = make("th");
    head.scope = "row";
    head.setAttribute("role", "rowheader");
    head.append(link(row.href, row.shownId));
    element.append(head);
    const cell = (label, className, ...parts) => {
      const data = make("td", className);
      data.dataset.label = label;
      data.setAttribute("role", "cell");
      data.append(...parts);
      element.append(data);
    };
    row.cells.forEach((value, at) => {
      const parts = [make("bdi", `value ${value.class}`, value.text)];
      if (value.rest) parts.push(" ", link(row.href, value.rest, "rest"));
      cell(labels[at + 1], "", ...parts);
    });
    cell("updatedAt", "system", time(row));
    cell("version", "system", make("code", "", row.version));
    cell("deleted", "system", row.deleted ? make("span", "badge", "deleted") : "no");
    return element;
  };

  // Rows that leave the page at its end are those of the next one.
  const trim = (body) => {
    if (body.children.length <= Number(page.limit)) return;
    while (body.children.length > Number(page.limit)) body.lastElementChild.remove();
    let next = document.querySelector(".pager a[rel=next]");
    if (!next) {
      next = make("a", "", "Next page →");
      next.rel = "next";
      const pager = make("nav", "pager");
      pager.setAttribute("aria-label", "Pages");
      pager.append(make("span"), next);
      document.getElementById("scroll").after(pager);
    }
    next.href = `${location.pathname}?before=${body.lastElementChild.dataset.stamp}`;
  };

  // The rows of one table: on the first page of the newest a change goes to the top, elsewhere it is shown in its place.
  const inTable = (row) => {
    const old = present("#rows > tr", row.id);
    const body = document.getElementById("rows");
    if (page.order === "newest") {
      if (old) old.remove();
      body.prepend(tableRow(row));
      trim(body);
      document.getElementById("none")?.remove();
      document.getElementById("scroll").hidden = false;
    } else if (old) {
      old.replaceWith(tableRow(row));
    } else {
      missed += 1;
      notice(changes(missed));
    }
  };

  const onRows = (event) => {
    last = event.lastEventId || last;
    const change = JSON.parse(event.data);
    // They come with the newest first; the newest ends at the top.
    for (const row of change.rows.reverse()) {
      if (page.page === "home") feed(change, row);
      else if (page.page === "table") inTable(row);
      else if (row.id === page.id) {
        missed += 1;
        notice(missed === 1 ? "The row has changed." : `The row has changed ${missed} times.`);
      }
    }
    const newest = change.rows.at(-1);
    if (!newest) return;
    for (const row of document.querySelectorAll(".list tr[data-table]"))
      if (row.dataset.table === change.table) row.querySelector(".last").replaceChildren(time(newest));
    tell("live", `Live · last change ${newest.time.slice(11, 19)}`);
  };

  const onCount = (event) => {
    const counted = JSON.parse(event.data);
    const own = document.getElementById("counts");
    if (own) own.textContent = counted.counts;
    for (const row of document.querySelectorAll(".list tr[data-table]"))
      if (row.dataset.table === counted.table) row.querySelector(".counts").textContent = counted.counts;
  };

  const close = () => {
    clearTimeout(retry);
    if (source) source.close();
    source = null;
  };

  const open = () => {
    close();
    const address = new URL(page.events, location.origin);
    address.searchParams.set("since", last);
    source = new EventSource(address);
    source.addEventListener("open", () => tell("live", "Live"));
    source.addEventListener("rows", onRows);
    source.addEventListener("count", onCount);
    source.addEventListener("error", () => {
      tell("lost", "Not live; trying again");
      // A refusal ends the source; a lost connection it takes up again by itself.
      if (source && source.readyState === EventSource.CLOSED) retry = setTimeout(open, 10000);
    });
  };

  // Who does not look takes no seat.
  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  window.addEventListener("pagehide", close);
  window.addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  open();
})();
