import { DropdownMenu } from 'radix-ui';
import type { ProjectEntry } from '../../preload/api';
import { Icon } from '../components/Icon';
import { tilde } from '../state/format';
import { call } from '../state/host';
import { takeSnapshot, useStore } from '../state/store';
import { stateTone } from '../state/tone';
import { useAction } from '../state/use';
import { common } from '../strings/common';
import { shell } from '../strings/shell';

const folder = (path: string): string => path.split('/').findLast((part) => part !== '') ?? path;

/** The current project, with a menu to switch if there are several. */
export function ProjectSwitcher() {
  const current = useStore((state) => state.snapshot?.project);
  const projects = useStore((state) => state.projects);
  const home = useStore((state) => state.app?.home);
  const select = useAction(async (project: string) => takeSnapshot(await call('projects.select', { project })));
  const title = current === undefined ? common.product : folder(current);
  const others = projects.filter(({ project }) => project !== current);
  const face = (
    <>
      <span className="project-mark" aria-hidden="true">
        {title.slice(0, 1).toUpperCase()}
      </span>
      <span className="project-name">
        <span className="truncate strong">{title}</span>
        <span className="truncate muted small">{current === undefined ? '' : tilde(current, home)}</span>
      </span>
    </>
  );
  if (others.length === 0) {
    return (
      <div className="project" title={current}>
        {face}
      </div>
    );
  }
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger className="project project-button" aria-label={shell.switchProject(title)} title={current}>
        {face}
        <Icon name="chevron" size={16} />
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content className="menu" align="start" sideOffset={4}>
          <DropdownMenu.Label className="menu-label">{shell.projects}</DropdownMenu.Label>
          {projects.map((entry) => (
            <ProjectItem
              key={`${entry.connection} ${entry.name}`}
              entry={entry}
              home={home}
              isCurrent={entry.project === current}
              onSelect={() => select.run(entry.project)}
            />
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

const ProjectItem = ({
  entry,
  home,
  isCurrent,
  onSelect,
}: {
  readonly entry: ProjectEntry;
  readonly home: string | undefined;
  readonly isCurrent: boolean;
  readonly onSelect: () => void;
}) => (
  <DropdownMenu.Item className="menu-item menu-project" disabled={!entry.exists || isCurrent} onSelect={onSelect}>
    <span className={`tone-${stateTone[entry.state]}`}>
      <span className="dot" aria-hidden="true" />
    </span>
    <span className="project-name">
      <span className="truncate">{folder(entry.project)}</span>
      <span className="truncate muted small">
        {entry.exists ? tilde(entry.project, home) : shell.folderGone(tilde(entry.project, home))}
      </span>
    </span>
    <span className="muted small">{isCurrent ? shell.thisOne : common.states[entry.state]}</span>
  </DropdownMenu.Item>
);
