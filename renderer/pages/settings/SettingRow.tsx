import { useId, useRef } from 'react';
import type { Output, SettingEntry } from '../../../preload/api';
import { Button } from '../../components/Button';
import { Command } from '../../components/Command';
import { call } from '../../state/host';
import { tilde } from '../../state/format';
import { toast, useStore } from '../../state/store';
import { useAction } from '../../state/use';
import { common } from '../../strings/common';
import { settings as strings } from '../../strings/settings';
import { isFixed, isReadOnly } from './entries';
import { SettingControl } from './SettingControl';
import { useCheck } from './use-check';

export type Scope = 'project' | 'user';

export interface SettingRowProps {
  readonly entry: SettingEntry;
  /** Unsaved text; undefined: none. */
  readonly draft: string | undefined;
  /** The file that Save writes to. */
  readonly scope: Scope;
  readonly isConnected: boolean;
  /** undefined discards the draft. */
  readonly onDraft: (text: string | undefined) => void;
  /** @param saved the draft that was saved */
  readonly onEntries: (entries: Output<'settings.set'>, saved: string | undefined) => void;
}

/** Where a value comes from: the kind of source, and its place. */
function Source({ entry }: { readonly entry: SettingEntry }) {
  const project = useStore((state) => state.snapshot?.project);
  const home = useStore((state) => state.app?.home);
  const { kind, where } = entry.source;
  const place =
    project !== undefined && where.startsWith(`${project}/`) ? where.slice(project.length + 1) : tilde(where, home);
  return (
    <span className="setting-source small muted" title={where}>
      <span className={`setting-badge setting-badge-${kind}`}>{strings.sources[kind]}</span>
      {kind !== 'default' && <span className="mono">{place}</span>}
    </span>
  );
}

/** One setting: its description, its value, where the value comes from, and the controls to change it. */
export function SettingRow({ entry, draft, scope, isConnected, onDraft, onEntries }: SettingRowProps) {
  const id = useId();
  const row = useRef<HTMLLIElement>(null);
  const { title } = entry;
  const readOnly = isReadOnly(entry);
  const text = readOnly ? entry.value : (draft ?? entry.value);
  const isChanged = !readOnly && draft !== undefined && draft !== entry.value;
  const problem = useCheck(entry.key, isChanged ? text : null);
  const target: Scope = entry.projectOnly ? 'project' : scope;
  const setIn = entry.source.kind === 'project' || entry.source.kind === 'user' ? entry.source.kind : null;

  const took = (entries: Output<'settings.set'>): void => {
    onEntries(entries, draft);
    const now = entries.find(({ key }) => key === entry.key);
    if (now !== undefined) {
      const source = strings.sources[now.source.kind];
      toast('good', strings.saved(title, now.value === '' ? strings.empty : now.value, source.toLowerCase()));
    }
    // The Save, Undo and Reset buttons come and go: keep the focus in the row
    row.current?.querySelector<HTMLElement>('input, button')?.focus();
  };
  const save = useAction(async () => {
    took(await call('settings.set', { key: entry.key, text, scope: target }));
  });
  const reset = useAction(async (from: Scope) => {
    took(await call('settings.unset', { key: entry.key, scope: from }));
  });
  const canSave = isChanged && problem === null && isConnected && !save.busy;
  const undo = (): void => {
    onDraft(undefined);
    row.current?.querySelector<HTMLElement>('input, button')?.focus();
  };

  return (
    <li className="setting" ref={row}>
      <div className="setting-what">
        <div className="setting-title">
          <h3>{title}</h3>
          <code className="muted">{entry.key}</code>
        </div>
        <p id={`${id}-description`} className="muted">
          {entry.description}{' '}
          {entry.control !== 'switch' && entry.control !== 'select' && strings.example(entry.example)}
        </p>
      </div>
      <div className="setting-how">
        <SettingControl
          entry={entry}
          text={text}
          isDisabled={readOnly}
          isWrong={problem !== null}
          describedBy={`${id}-description ${id}-problem`}
          onChange={onDraft}
          onSave={() => canSave && save.run()}
          onUndo={undo}
        />
        <p id={`${id}-problem`} className="field-problem" aria-live="polite">
          {problem}
        </p>
        {isChanged && strings.effects[entry.effect] !== null && (
          <p className="setting-note small muted">{strings.effects[entry.effect]}</p>
        )}
        {isChanged && target === 'user' && entry.source.kind === 'project' && (
          <p className="setting-note small">{strings.overridden}</p>
        )}
        {isFixed(entry) && <p className="setting-note small muted">{common.fixedBy(entry.source.where)}</p>}
        {entry.setBy?.command !== undefined && (
          <>
            <p className="setting-note small muted">{entry.setBy.text}</p>
            <Command command={entry.setBy.command} />
          </>
        )}
        <div className="setting-foot">
          {isChanged ? (
            <>
              <span className="small muted">
                {strings.scopeFiles[target]}
                {entry.projectOnly && scope === 'user' && ` · ${strings.projectOnly}`}
              </span>
              <span className="spacer" />
              <Button look="quiet" onClick={undo} disabled={save.busy} aria-label={strings.undoOf(title)}>
                {strings.undo}
              </Button>
              <Button
                look="primary"
                onClick={() => save.run()}
                disabled={!canSave && !save.busy}
                busy={save.busy}
                aria-label={strings.saveOf(title)}
              >
                {strings.save}
              </Button>
            </>
          ) : (
            <>
              <Source entry={entry} />
              <span className="spacer" />
              {setIn !== null && entry.setBy === undefined && (
                <Button
                  look="quiet"
                  busy={reset.busy}
                  disabled={!isConnected}
                  onClick={() => reset.run(setIn)}
                  aria-label={strings.resetOf(title)}
                >
                  {strings.reset}
                </Button>
              )}
            </>
          )}
        </div>
      </div>
    </li>
  );
}
