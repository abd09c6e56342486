/** Sends one finding to the server, which hands it to the test. */
export async function report(finding) {
  await fetch('/report', { method: 'POST', body: JSON.stringify(finding) });
}
