import type { ReactNode } from 'react';
import { Icon, type IconName } from './Icon';

/** Says that there is nothing here, why, and what to do about it. */
export const EmptyState = ({
  icon,
  title,
  children,
  actions,
}: {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}) => (
  <div className="empty-state">
    <span className="empty-icon">
      <Icon name={icon} size={26} />
    </span>
    <h2>{title}</h2>
    {children !== undefined && <p className="muted">{children}</p>}
    {actions !== undefined && <div className="row">{actions}</div>}
  </div>
);
