/**
 * Text between two worlds of one page, through events of the document that they share: an event's listeners run before
 * its dispatch returns, so the other world's answer is there in the same turn.
 */
import { createSide, type Side } from './world-bridge';

interface TextEvent {
  readonly detail: string;
}
// The little of the DOM that is used: the project's scripts are checked without it
declare const document: {
  addEventListener(type: string, listener: (event: TextEvent) => void): void;
  dispatchEvent(event: unknown): boolean;
};
declare const CustomEvent: new (type: string, init: TextEvent) => unknown;

/**
 * One world's end.
 *
 * @param secret a name that no page can guess; the same in both worlds
 */
export function connectWorld(secret: string, me: 'page' | 'preload', other: 'page' | 'preload'): Side {
  const say = (to: string, kind: string, detail: string): void => {
    document.dispatchEvent(new CustomEvent(`${secret}:${to}:${kind}`, { detail }));
  };
  let answer: string | undefined;
  const side = createSide((message) => {
    answer = undefined;
    say(other, 'ask', message);
    if (answer === undefined) throw new Error('electron stand-in: the other world does not answer');
    return answer;
  }, globalThis);
  document.addEventListener(`${secret}:${me}:answer`, ({ detail }) => {
    answer = detail;
  });
  document.addEventListener(`${secret}:${me}:ask`, ({ detail }) => say(other, 'answer', side.receive(detail)));
  return side;
}
