import { Select as RadixSelect, Slider as RadixSlider, Switch as RadixSwitch, ToggleGroup } from 'radix-ui';
import { useId, type InputHTMLAttributes, type ReactNode } from 'react';
import { Icon, type IconName } from './Icon';

export const Input = ({ className = '', ...rest }: InputHTMLAttributes<HTMLInputElement>) => (
  <input autoComplete="off" spellCheck={false} {...rest} className={`input ${className}`} />
);

export const SearchInput = ({
  label,
  ...rest
}: Omit<InputHTMLAttributes<HTMLInputElement>, 'type'> & { readonly label: string }) => (
  <span className="search">
    <Icon name="search" size={16} />
    <Input {...rest} type="search" aria-label={label} placeholder={label} />
  </span>
);

export interface Choice<V extends string> {
  readonly value: V;
  readonly label: string;
  readonly icon?: IconName;
}

export function Select<V extends string>({
  label,
  value,
  choices,
  onChange,
  id,
}: {
  /** Read out if no visible label refers to it. */
  readonly label: string;
  readonly value: V;
  readonly choices: readonly Choice<V>[];
  readonly onChange: (value: V) => void;
  readonly id?: string;
}) {
  return (
    <RadixSelect.Root value={value} onValueChange={(next) => onChange(next as V)}>
      <RadixSelect.Trigger className="select" aria-label={label} {...(id === undefined ? {} : { id })}>
        <RadixSelect.Value />
        <RadixSelect.Icon>
          <Icon name="chevron" size={16} />
        </RadixSelect.Icon>
      </RadixSelect.Trigger>
      <RadixSelect.Portal>
        <RadixSelect.Content className="menu" position="popper" sideOffset={4}>
          <RadixSelect.Viewport>
            {choices.map((choice) => (
              <RadixSelect.Item key={choice.value} value={choice.value} className="menu-item">
                <RadixSelect.ItemText>{choice.label}</RadixSelect.ItemText>
                <RadixSelect.ItemIndicator>
                  <Icon name="check" size={14} />
                </RadixSelect.ItemIndicator>
              </RadixSelect.Item>
            ))}
          </RadixSelect.Viewport>
        </RadixSelect.Content>
      </RadixSelect.Portal>
    </RadixSelect.Root>
  );
}

/** A few choices side by side, one of them on. */
export function Segmented<V extends string>({
  label,
  value,
  choices,
  onChange,
}: {
  readonly label: string;
  readonly value: V;
  readonly choices: readonly Choice<V>[];
  readonly onChange: (value: V) => void;
}) {
  return (
    <ToggleGroup.Root
      type="single"
      className="segmented"
      aria-label={label}
      value={value}
      onValueChange={(next) => {
        // Clicking the one that is on would turn it off
        if (next !== '') onChange(next as V);
      }}
    >
      {choices.map((choice) => (
        <ToggleGroup.Item key={choice.value} value={choice.value} className="segment">
          {choice.icon !== undefined && <Icon name={choice.icon} size={16} />}
          {choice.label}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}

export const Switch = ({
  label,
  checked,
  onChange,
  disabled = false,
}: {
  readonly label: string;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly disabled?: boolean;
}) => {
  const id = useId();
  return (
    <span className="row">
      <RadixSwitch.Root id={id} className="switch" checked={checked} onCheckedChange={onChange} disabled={disabled}>
        <RadixSwitch.Thumb className="switch-thumb" />
      </RadixSwitch.Root>
      <label htmlFor={id}>{label}</label>
    </span>
  );
};

/** A slider over a range of whole steps. */
export const Slider = ({
  label,
  value,
  min,
  max,
  step,
  valueText,
  onChange,
  disabled = false,
  children,
}: {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** The value in words, read out: "4 GiB". */
  readonly valueText: string;
  readonly onChange: (value: number) => void;
  readonly disabled?: boolean;
  /** Marks on the track. */
  readonly children?: ReactNode;
}) => (
  <RadixSlider.Root
    className="slider"
    value={[value]}
    min={min}
    max={max}
    step={step}
    disabled={disabled}
    onValueChange={([next]) => {
      if (next !== undefined) onChange(next);
    }}
  >
    <RadixSlider.Track className="slider-track">
      <RadixSlider.Range className="slider-range" />
      {children}
    </RadixSlider.Track>
    <RadixSlider.Thumb className="slider-thumb" aria-label={label} aria-valuetext={valueText} />
  </RadixSlider.Root>
);
