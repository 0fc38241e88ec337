// SPDX-License-Identifier: Apache-2.0
// What a screen reader is told while agencies answer: at most one message in 5 seconds, what came
// meanwhile in one, and a summary at the end.
export const QUIET_MS = 5000;

export class Announcer {
  private waiting: string[] = [];
  private spokenAt = Number.NEGATIVE_INFINITY;

  add(message: string): void {
    this.waiting.push(message);
  }

  // The message to speak now; null: nothing, or not yet.
  take(nowMs: number): string | null {
    if (this.waiting.length === 0 || nowMs - this.spokenAt < QUIET_MS) {
      return null;
    }
    const message = this.waiting.join('. ');
    this.waiting = [];
    this.spokenAt = nowMs;
    return message;
  }
}
