import { useId } from 'react';
import type { SettingEntry } from '../../../preload/api';
import { Input, Select, Switch } from '../../components/Field';
import { settings as strings } from '../../strings/settings';

export interface SettingControlProps {
  readonly entry: SettingEntry;
  readonly text: string;
  readonly isDisabled: boolean;
  readonly isWrong: boolean;
  /** Id of what explains it. */
  readonly describedBy: string;
  readonly onChange: (text: string) => void;
  readonly onSave: () => void;
  readonly onUndo: () => void;
}

/** The control that fits a setting's kind. All of them speak text, as the files' schema reads it. */
export function SettingControl(props: SettingControlProps) {
  const { entry, text, isDisabled, isWrong, describedBy, onChange, onSave, onUndo } = props;
  const listId = useId();
  const { title, control, choices = [] } = entry;
  if (control === 'switch') {
    return (
      <Switch
        label={text === 'true' ? strings.on : strings.off}
        checked={text === 'true'}
        disabled={isDisabled}
        onChange={(checked) => onChange(String(checked))}
      />
    );
  }
  // A select that is fixed is as good as a text that cannot be edited
  if (control === 'select' && !isDisabled) {
    return (
      <Select
        label={title}
        value={text}
        choices={choices.map((value) => ({ value, label: value }))}
        onChange={onChange}
      />
    );
  }
  return (
    <>
      <Input
        className="mono"
        aria-label={title}
        aria-invalid={isWrong}
        aria-describedby={describedBy}
        list={control === 'suggest' ? listId : undefined}
        value={text}
        placeholder={strings.empty}
        disabled={isDisabled}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') onSave();
          if (event.key === 'Escape') onUndo();
        }}
      />
      {control === 'suggest' && (
        <datalist id={listId}>
          {choices.map((choice) => (
            <option key={choice} value={choice} />
          ))}
        </datalist>
      )}
    </>
  );
}
