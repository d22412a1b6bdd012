/**
 * The dashboard's own line icons, 24 by 24, drawn with the colour of their text. They never speak alone: whoever uses
 * one labels it.
 */
const paths = {
  overview: 'M4 5h7v6H4zM13 5h7v10h-7zM4 13h7v6H4zM13 17h7v2h-7z',
  resources: 'M4 7h9M17 7h3M13 4.5v5h4v-5zM4 17h3M11 17h9M7 14.5v5h4v-5z',
  workloads: 'M12 3l8 4.5v9L12 21l-8-4.5v-9zM4 7.5l8 4.5 8-4.5M12 12v9',
  logs: 'M5 5h14M5 9.5h10M5 14h14M5 18.5h7',
  diagnostics: 'M3 12h4l2.5-7 5 14L17 12h4',
  settings:
    'M12 9a3 3 0 100 6 3 3 0 000-6zM12 3v3M12 18v3M3 12h3M18 12h3M5.6 5.6l2.2 2.2M16.2 16.2l2.2 2.2M18.4 5.6l-2.2 2.2M7.8 16.2l-2.2 2.2',
  play: 'M7 4.5v15l12-7.5z',
  stop: 'M6 6h12v12H6z',
  restart: 'M20 12a8 8 0 11-2.5-5.8M20 3v5h-5',
  save: 'M8 5v14M16 5v14',
  reset: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5',
  check: 'M5 12.5l4.5 4.5L19 7',
  warning: 'M12 4l9 16H3zM12 10v4M12 17v.5',
  cross: 'M6 6l12 12M18 6L6 18',
  info: 'M12 3a9 9 0 100 18 9 9 0 000-18zM12 11v5M12 7.5V8',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  terminal: 'M4 5h16v14H4zM7 9l3 3-3 3M12.5 15H17',
  search: 'M11 4a7 7 0 100 14 7 7 0 000-14zM16 16l4.5 4.5',
  download: 'M12 4v11M7 11l5 5 5-5M5 20h14',
  pause: 'M8 5v14M16 5v14',
  chevron: 'M7 10l5 5 5-5',
  right: 'M10 7l5 5-5 5',
  down: 'M12 5v14M6 13l6 6 6-6',
  more: 'M5 12a1 1 0 102 0 1 1 0 00-2 0M11 12a1 1 0 102 0 1 1 0 00-2 0M17 12a1 1 0 102 0 1 1 0 00-2 0',
  link: 'M10 14l9-9M13 5h6v6M18 14v5H5V6h5',
  sun: 'M12 8a4 4 0 100 8 4 4 0 000-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.4 1.4M17.6 17.6L19 19M19 5l-1.4 1.4M6.4 17.6L5 19',
  moon: 'M20 14.5A8.5 8.5 0 119.5 4a7 7 0 0010.5 10.5z',
  system: 'M4 5h16v11H4zM9 20h6M12 16v4',
} as const;

export type IconName = keyof typeof paths;

export const Icon = ({ name, size = 18 }: { readonly name: IconName; readonly size?: number }) => (
  <svg
    className="icon"
    width={size}
    height={size}
    viewBox="0 0 24 24"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.8"
    strokeLinecap="round"
    strokeLinejoin="round"
    aria-hidden="true"
    focusable="false"
  >
    <path d={paths[name]} />
  </svg>
);
