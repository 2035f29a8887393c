import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { facts } from '../facts';

/** The page as it was loaded keeps the focus where the browser put it; a view that comes later takes it. */
let isFirst = true;

interface ViewProps {
  readonly title: string;
  readonly heading?: string;
  readonly intro?: string;
  readonly children: ComponentChildren;
  readonly isWide?: boolean;
}

/** One thing that the page shows: its title, and the focus on its heading, so that a screen reader begins there. */
export function View({ title, heading = title, intro, children, isWide = false }: ViewProps) {
  const top = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    document.title = `${title} · ${facts.appName}`;
    if (!isFirst && !top.current?.closest('main')?.contains(document.activeElement)) top.current?.focus();
    isFirst = false;
  }, [title]);
  return (
    <main class={isWide ? 'wide' : 'narrow'}>
      <h1 ref={top} tabIndex={-1}>
        {heading}
      </h1>
      {intro !== undefined && <p class="intro">{intro}</p>}
      {children}
    </main>
  );
}
