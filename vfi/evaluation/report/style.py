"""Style and script of the report, kept apart from what it says."""

STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --dim: #6b7280; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1060px; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.7rem; margin: 0 0 .2rem; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; }
h3 { font-size: 1rem; margin: 1.6rem 0 .4rem; }
small, .protocol { color: var(--dim); font-weight: normal; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; }
th, td { padding: .25rem .7rem; border-bottom: 1px solid var(--line); text-align: right; }
th:first-child { text-align: left; font-weight: 600; white-space: nowrap; }
thead th { color: var(--dim); font-weight: 600; }
tbody tr:hover { background: var(--soft); }
.number { font-variant-numeric: tabular-nums; }
.best { font-weight: 700; }
.sortable thead th { cursor: pointer; }
.sortable thead th:hover { text-decoration: underline; }
.swatch { display: inline-block; width: .7em; height: .7em; border-radius: 50%;
  margin-right: .5em; }
.plot { width: 100%; height: auto; }
.plot text { font: 12px system-ui, sans-serif; fill: var(--dim); }
.plot .grid { stroke: var(--line); stroke-width: 1; }
.choices { display: flex; justify-content: space-between; margin-bottom: .3rem; }
.stage { position: relative; line-height: 0; cursor: ew-resize; overflow: hidden;
  touch-action: pan-y; background: #000; }
.layer { display: none; width: 100%; height: auto; }
.layer.right { display: block; }
.layer.left { display: block; position: absolute; inset: 0;
  clip-path: inset(0 calc(100% - var(--cut)) 0 0); }
.layer.right.left { position: static; clip-path: none; }
.cut { position: absolute; top: 0; bottom: 0; left: var(--cut); width: 2px; background: #fff;
  box-shadow: 0 0 3px #000; pointer-events: none; }
"""

SCRIPT = """
'use strict';
for (const exhibit of document.querySelectorAll('.exhibit')) {
  const stage = exhibit.querySelector('.stage');
  const layers = [...stage.querySelectorAll('.layer')];
  const choices = [...exhibit.querySelectorAll('select')];
  const show = () => {
    for (const choice of choices) {
      for (const layer of layers) {
        layer.classList.toggle(choice.dataset.side, layer.dataset.layer === choice.value);
      }
    }
  };
  stage.addEventListener('pointermove', (event) => {
    const box = stage.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    stage.style.setProperty('--cut', (100 * share).toFixed(2) + '%');
  });
  choices.forEach((choice) => choice.addEventListener('change', show));
  show();
}
for (const table of document.querySelectorAll('.sortable')) {
  const body = table.tBodies[0];
  const key = (row, column) => {
    const cell = row.cells[column];
    if (cell.dataset.value === undefined) { return cell.textContent; }
    return cell.dataset.value === 'inf' ? Infinity : Number(cell.dataset.value);
  };
  [...table.tHead.rows[0].cells].forEach((head, column) => head.addEventListener('click', () => {
    const down = head.dataset.order === 'up';
    head.dataset.order = down ? 'down' : 'up';
    const rows = [...body.rows].sort((a, b) => {
      const x = key(a, column), y = key(b, column);
      return (x < y ? -1 : x > y ? 1 : 0) * (down ? -1 : 1);
    });
    body.append(...rows);
  }));
}
"""
