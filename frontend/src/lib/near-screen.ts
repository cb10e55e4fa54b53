import { type RefCallback, useCallback, useState } from "react";

/** So far beyond the screen things count as near: they are drawn before they are seen. */
const REACH = "600px";

const listeners = new WeakMap<Element, (near: boolean) => void>();
let observer: IntersectionObserver | undefined;

function observe(element: Element, listener: (near: boolean) => void) {
  observer ??= new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) listeners.get(target)?.(isIntersecting);
    },
    { rootMargin: `${REACH} 0px` },
  );
  listeners.set(element, listener);
  observer.observe(element);
  return () => {
    observer?.unobserve(element);
    listeners.delete(element);
  };
}

/** Whether an element is on the screen or near it; `first` is what is taken until that is known. */
export function useNearScreen(first: boolean): [RefCallback<Element>, boolean] {
  const [near, setNear] = useState(first);
  const ref = useCallback((element: Element | null) => {
    return element ? observe(element, setNear) : undefined;
  }, []);
  return [ref, near];
}
