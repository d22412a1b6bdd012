import { Button } from '../../components/Button';
import { Card } from '../../components/Card';
import { download, fromBase64 } from '../../state/download';
import { call } from '../../state/host';
import { toast } from '../../state/store';
import { useAction } from '../../state/use';
import { diagnostics as strings } from '../../strings/diagnostics';

/** Exports what a maintainer needs, and lists beforehand what that is. */
export function SupportCard({ isDisabled }: { readonly isDisabled: boolean }) {
  const bundle = useAction(async () => {
    const { fileName, base64 } = await call('support.bundle', null);
    download(fileName, fromBase64(base64), 'application/zip');
    toast('good', strings.bundleSaved(fileName));
  });
  return (
    <Card
      title={strings.bundle}
      actions={
        <Button icon="download" busy={bundle.busy} disabled={isDisabled} onClick={() => bundle.run()}>
          {strings.exportBundle}
        </Button>
      }
    >
      <p>{strings.bundleText}</p>
      <ul className="bundle-contents">
        {strings.bundleContents.map((item) => (
          <li key={item}>{item}</li>
        ))}
      </ul>
      <p className="muted">{strings.bundleSecrets}</p>
    </Card>
  );
}
