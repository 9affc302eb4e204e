/**
 * What Bedside says to people, in their language. One flat catalogue per language; the English one is complete and is the type.
 *
 * Bedside is not a medical device.
 */

import type { ExamRecord } from '../exam.js';

/** A text with {placeholders}, or plural forms of one, by the names of Intl.PluralRules. */
export type Message = string | ({ other: string } & Partial<Record<'zero' | 'one' | 'two' | 'few' | 'many', string>>);
export type Messages = Readonly<Record<string, Message>>;

/** Languages there are: BCP 47. */
export const languages: readonly string[];
/** The language of these that is meant by `tag` (`es-MX` means `es`), or null. */
export function languageOf(tag: string | null | undefined): string | null;
/** The catalogue of a language; loaded when asked for. Unknown languages get English. */
export function loadMessages(language: string): Promise<Messages>;

/** What the paper report ({@link toPaper}) says of a record in the language of `words`; loaded when asked for. */
export function reportMessages(words: Words, record: ExamRecord): Promise<Record<string, string>>;

/** A catalogue that speaks: texts, numbers, lists and dates of one language. */
export class Words {
  /** @param messages what is missing in them is said in English */
  constructor(language: string, messages: Messages);
  readonly language: string;
  readonly dir: 'ltr' | 'rtl';
  has(key: string): boolean;
  /** The text of a key, its placeholders filled in. An unknown key is itself, so that it is seen. */
  say(key: string, values?: Readonly<Record<string, string | number>>): string;
  number(value: number, digits?: number): string;
  /** A share from 0 to 1 as percent. */
  percent(share: number, digits?: number): string;
  /** Percent with one decimal, as in the reports; never 0 or 100 ("under 0.1 %"). */
  roughly(share: number): string;
  /** "about 63", "under 1", "over 99": of a hundred. */
  about(share: number): string;
  /** "55.0 % to 70.2 %", or "97.3 % or more" at the rails. */
  range(low: number, high: number): string;
  milliseconds(ms: number): string;
  list(items: readonly string[]): string;
  /** Date and time of an ISO 8601 text. */
  time(iso: string): string;
  bytes(count: number): string;
}
