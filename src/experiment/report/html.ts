/** A report as one self-contained page: no script, no link to the outside, ready to print. */
import { escapeXml } from '../figures/chart.ts';
import type { Block, Document, TableBlock } from './document.ts';

const style = `
:root { --ink: #111; --soft: #555; --rule: #222; --hair: #ccc; }
* { box-sizing: border-box; }
html { font-size: 17px; }
body { margin: 3rem auto 5rem; padding: 0 1.2rem; max-width: 50rem; color: var(--ink); background: #fff;
  font-family: Charter, 'Bitstream Charter', 'Iowan Old Style', 'Palatino Linotype', Palatino, Georgia, 'Liberation Serif', serif;
  line-height: 1.5; font-variant-numeric: lining-nums tabular-nums; hyphens: auto; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 1.4rem; font-weight: 600; hyphens: none; }
h2 { font-size: 1.2rem; line-height: 1.3; margin: 2.6rem 0 .8rem; font-weight: 600; break-after: avoid; hyphens: none; }
p { margin: .7rem 0; }
ul { padding-left: 1.3rem; margin: .7rem 0; }
li { margin: .2rem 0; overflow-wrap: anywhere; }
.notice { border: 1.5px solid var(--rule); padding: .7rem 1rem; font-weight: 600; }
figure { margin: 1.8rem 0; break-inside: avoid; }
figcaption { font-size: .88rem; line-height: 1.42; text-align: left; hyphens: manual; }
figure.table figcaption { margin-bottom: .55rem; break-after: avoid; }
figure.figure figcaption { margin-top: .7rem; }
figure.figure svg { display: block; max-width: 100%; height: auto; margin: 0 auto; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: 0 auto; font-size: .88rem; line-height: 1.35; border-top: 1.5px solid var(--rule);
  border-bottom: 1.5px solid var(--rule); }
th, td { padding: .24rem .7rem; text-align: right; vertical-align: baseline; white-space: nowrap; }
th { font-weight: 600; border-bottom: .75px solid var(--rule); padding-top: .35rem; padding-bottom: .35rem; }
td.w, th.w { text-align: left; }
td.w { white-space: normal; overflow-wrap: break-word; min-width: 4.5rem; }
tr.group td { border-top: .75px solid var(--hair); }
tbody tr:last-child td { padding-bottom: .4rem; }
footer { margin-top: 3rem; border-top: .75px solid var(--hair); padding-top: .6rem; font-size: .82rem; color: var(--soft); }
@page { margin: 20mm 18mm; }
@media print { html { font-size: 10.5pt; } body { margin: 0; padding: 0; max-width: none; } .scroll { overflow: visible; }
  tr { break-inside: avoid; } }
`.trim();

function table(block: TableBlock, number: number): string {
  const attribute = (i: number) => (i < block.words ? ' class="w"' : '');
  const header = block.header.map((text, i) => `<th scope="col"${attribute(i)}>${escapeXml(text)}</th>`).join('');
  const rows = block.rows.map((row, r) => {
    // A new word in the first column begins a group.
    const group = r > 0 && row.length > 0 && row[0].text !== '' && block.rows[r - 1][0].text !== row[0].text;
    const grouped = group && block.rows.some((other) => other[0].text === '');
    const cells = row.map(({ text, strong }, i) => {
      const inner = strong ? `<strong>${escapeXml(text)}</strong>` : escapeXml(text);
      return `<td${attribute(i)}>${inner}</td>`;
    });
    return `<tr${grouped ? ' class="group"' : ''}>${cells.join('')}</tr>`;
  });
  return [
    `<figure class="table" id="${escapeXml(block.id)}">`,
    `<figcaption><strong>Table ${number}.</strong> ${escapeXml(block.caption)}</figcaption>`,
    `<div class="scroll"><table><thead><tr>${header}</tr></thead>`,
    `<tbody>\n${rows.join('\n')}\n</tbody></table></div></figure>`,
  ].join('\n');
}

/** Writes the document as a page. */
export function toHtml(document: Document): string {
  const numbers = { table: 0, figure: 0 };
  const write = (block: Block): string => {
    switch (block.kind) {
      case 'heading':
        return `<h2>${escapeXml(block.text)}</h2>`;
      case 'paragraph':
        return `<p>${escapeXml(block.text)}</p>`;
      case 'notice':
        return `<p class="notice" role="note">${escapeXml(block.text)}</p>`;
      case 'list':
        return `<ul>\n${block.items.map((item) => `<li>${escapeXml(item)}</li>`).join('\n')}\n</ul>`;
      case 'table':
        return table(block, ++numbers.table);
      case 'figure':
        return [
          `<figure class="figure" id="${escapeXml(block.figure.name)}">`,
          block.figure.svg,
          `<figcaption><strong>Figure ${++numbers.figure}.</strong> ${escapeXml(block.caption)}</figcaption></figure>`,
        ].join('\n');
    }
  };
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeXml(document.title)}</title>
<style>
${style}
</style>
</head>
<body>
<h1>${escapeXml(document.title)}</h1>
${document.blocks.map(write).join('\n')}
</body>
</html>
`;
}
