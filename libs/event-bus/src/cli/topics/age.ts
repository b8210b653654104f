/** `4 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`; `-` for 0, `?` for `null`. */
export function ageText(seconds: number | null): string {
  if (seconds === null) return '?';
  if (seconds === 0) return '-';
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < HOUR) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 24 * HOUR) return `${Math.floor(whole / HOUR)} h ${Math.floor((whole % HOUR) / 60)} min`;
  return `${Math.floor(whole / (24 * HOUR))} d ${Math.floor((whole % (24 * HOUR)) / HOUR)} h`;
}

const HOUR = 3_600;
