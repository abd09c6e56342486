/** The plain float64 twin of assembly/softmax.ts. */
export function softmaxOf(scores: readonly number[], sharpness: number): number[] {
  const largest = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(sharpness * (score - largest)));
  const sum = powers.reduce((total, value) => total + value, 0);
  return powers.map((value) => value / sum);
}
