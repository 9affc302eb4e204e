/** Elementary functions that give the same bits in every JavaScript engine. */
export const TAU: number;
/** Of x at most 0. */
export function exp(x: number): number;
export function sin(x: number): number;
/** atan2 from 0 to TAU. */
export function angle(y: number, x: number): number;
/** Square root of numbers of about 0.1 to 10. */
export function root(x: number): number;
