/** Adds the AudioWorklet's script to a context, and finds out why where that fails. */
import { AudioWorkletError } from '../../errors.ts';

/** @throws AudioWorkletError naming the address and, where it can be found out, the reason */
export async function addScript(where: string, context: BaseAudioContext, address: URL): Promise<void> {
  const violations: string[] = [];
  // The only place where a browser tells that a policy was in the way.
  const onViolation = ({ blockedURI, effectiveDirective }: SecurityPolicyViolationEvent) => {
    if (blockedURI === address.href && /^(script|worker)-src/.test(effectiveDirective))
      violations.push(effectiveDirective);
  };
  document.addEventListener('securitypolicyviolation', onViolation);
  try {
    await context.audioWorklet.addModule(address.href);
  } catch (cause) {
    // Asked first, because the event may come after the failure.
    const other = await reasonOf(address);
    const reason = violations[0] ? policyReason(violations[0], address) : other;
    const error = new AudioWorkletError(`${where}: ${address} cannot be loaded: ${reason}`);
    error.cause = cause;
    throw error;
  } finally {
    document.removeEventListener('securitypolicyviolation', onViolation);
  }
}

const policyReason = (directive: string, { protocol, origin }: URL) =>
  `the page's Content-Security-Policy blocks it (${directive}); allow ${protocol.startsWith('http') ? origin : protocol} there`;

/** Asks for the script once more, because `addModule` says too little. */
async function reasonOf(address: URL): Promise<string> {
  const remedy =
    'serve build/runtime/melprocessor-worklet.js of the package and give its address as script ("tunespace/melprocessor-worklet.js")';
  let response: Response;
  try {
    response = await fetch(address);
  } catch {
    return `it cannot be reached, or the page's Content-Security-Policy or CORS blocks it; allow it, or ${remedy}`;
  }
  void response.body?.cancel();
  if (!response.ok) return `HTTP status ${response.status}; ${remedy}`;
  const type = response.headers.get('content-type') ?? 'no type';
  if (!/javascript|ecmascript/.test(type)) return `it is served as ${type}, not as text/javascript; ${remedy}`;
  return `it is blocked by the page's Content-Security-Policy (script-src), or is not the script of this package; ${remedy}`;
}
