/**
 * Credentials as K3s makes them, for tests only: nothing trusts this CA. Made with openssl, good for a hundred years.
 */
export const ca = `-----BEGIN CERTIFICATE-----
MIIBiDCCAS2gAwIBAgIURfnA0Z4CkeoBOLauEt2koxl6UBowCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNazNzLWNsaWVudC1jYTAgFw0yNjExMjUwMjE1MDZaGA8yMTI2
MTEwMTAyMTUwNlowGDEWMBQGA1UEAwwNazNzLWNsaWVudC1jYTBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABCnLtygK2NDS+W1LVks+JeYPbpbBWFsuher+gCwiCqpX
Eyqt29rvtvgufUGAFjeS3rMlri4jTrKv4Xy7X8VbwBejUzBRMB0GA1UdDgQWBBSJ
bu7Imy2dtfn+VXe6JS/MHpHc/TAfBgNVHSMEGDAWgBSJbu7Imy2dtfn+VXe6JS/M
HpHc/TAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQCG2uc5/N9F
dKu3hg6NoWeytn5xk6F9W6BrD5TGndJK2wIhAIZTCxEyA33jmcVw/4iqdRx521Av
XW5CoGaASZih3S2V
-----END CERTIFICATE-----
`;

export const clientCertificate = `-----BEGIN CERTIFICATE-----
MIIBRTCB6wIUfEBa+v2quDnRWzJv+ZkGbX5CKN0wCgYIKoZIzj0EAwIwGDEWMBQG
A1UEAwwNazNzLWNsaWVudC1jYTAgFw0yNjExMjUwMjE1MDdaGA8yMTI2MTEwMTAy
MTUwN1owMDEXMBUGA1UECgwOc3lzdGVtOm1hc3RlcnMxFTATBgNVBAMMDHN5c3Rl
bTphZG1pbjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJFRLezpQiG2+KEGv1+b
8lyKPan6oEL5+fcMaDw97v7vt0Fm+AYofbqi4BngS1QBSMcqijnMQs6hczB+K7XY
osQwCgYIKoZIzj0EAwIDSQAwRgIhAM3FGGIlYV6s0g/wkG72hcWigrJuQQmXs9NK
8ENXr2t0AiEAqya7YhrotuydbU058xgl7b6RdvhUxKnN6y2stLkS4jk=
-----END CERTIFICATE-----
`;

export const clientKey = `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIIEWDz5ViMQcigcft5WcQTgDynzddLJGMBx/DGvfb17SoAoGCCqGSM49
AwEHoUQDQgAEkVEt7OlCIbb4oQa/X5vyXIo9qfqgQvn59wxoPD3u/u+3QWb4Bih9
uqLgGeBLVAFIxyqKOcxCzqFzMH4rtdiixA==
-----END EC PRIVATE KEY-----
`;

/** One that does not belong to the certificate. */
export const otherKey = `-----BEGIN EC PRIVATE KEY-----
MHcCAQEEIH//xU/fMpK/XBRPZ8ARmAvUr0rx3c25gv2njdxCUnEvoAoGCCqGSM49
AwEHoUQDQgAEoajODZ3jTlw43c2nw+On5O8+wjrTckfL3es4PMS9+ZUUwUwhtu8l
3H5RPYttn0whQKXDwQtVFnQyfkZsxUwvtw==
-----END EC PRIVATE KEY-----
`;

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** /etc/rancher/k3s/k3s.yaml, as K3s writes it. */
export const guestKubeconfig = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${base64(ca)}
    server: https://127.0.0.1:6443
  name: default
contexts:
- context:
    cluster: default
    user: default
  name: default
current-context: default
kind: Config
preferences: {}
users:
- name: default
  user:
    client-certificate-data: ${base64(clientCertificate + ca)}
    client-key-data: ${base64(clientKey)}
`;
