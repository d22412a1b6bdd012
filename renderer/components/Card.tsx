import { useId, type ReactNode } from 'react';

export interface CardProps {
  readonly title?: ReactNode;
  /** Beside the title, on the right. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  readonly className?: string;
  /** No padding: for lists and tables that reach the edge. */
  readonly flush?: boolean;
}

export function Card({ title, actions, children, className = '', flush = false }: CardProps) {
  const id = useId();
  return (
    <section className={`card ${className}`} {...(title === undefined ? {} : { 'aria-labelledby': id })}>
      {(title !== undefined || actions !== undefined) && (
        <header className="card-header">
          <h2 id={id}>{title}</h2>
          <div className="row">{actions}</div>
        </header>
      )}
      <div className={flush ? 'card-flush' : 'card-body'}>{children}</div>
    </section>
  );
}
