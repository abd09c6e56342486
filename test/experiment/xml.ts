/** What is wrong with a piece of XML, in a sentence, or `undefined`: tags are closed in order, attributes quoted, text escaped. */
export function xmlFault(text: string): string | undefined {
  const open: string[] = [];
  const token = /<(\/?)([A-Za-z][\w:.-]*)((?:\s+[\w:.-]+="[^"<]*")*)\s*(\/?)>|<!--[\s\S]*?-->|([^<]+)|(<)/g;
  let end = 0;
  for (const match of text.matchAll(token)) {
    const [whole, closing, tag, , selfClosing, words, stray] = match;
    if (match.index !== end) return `gap at ${end}`;
    end = match.index + whole.length;
    if (stray) return `stray < at ${match.index}: ${text.slice(match.index, match.index + 60)}`;
    if (/&(?!(amp|lt|gt|quot|apos|#\d+|#x[\da-f]+);)/i.test(words ?? match[3] ?? ''))
      return `bare & in ${whole.slice(0, 60)}`;
    if (!tag) continue;
    if (closing) {
      if (open.pop() !== tag) return `</${tag}> closes nothing at ${match.index}`;
    } else if (!selfClosing) open.push(tag);
  }
  if (end !== text.length) return `ends at ${end} of ${text.length}`;
  return open.length > 0 ? `<${open.at(-1)}> is never closed` : undefined;
}
