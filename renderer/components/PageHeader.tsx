import type { ReactNode } from 'react';

export const PageHeader = ({
  title,
  intro,
  actions,
}: {
  readonly title: string;
  readonly intro?: ReactNode;
  readonly actions?: ReactNode;
}) => (
  <header className="page-header">
    <div>
      <h1>{title}</h1>
      {intro !== undefined && <p className="muted">{intro}</p>}
    </div>
    <div className="row row-wrap">{actions}</div>
  </header>
);
