package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"

	"github.com/sftpgo/sdk"
	"github.com/sftpgo/sdk/kms"
)

// Of nobody; the passphrase is "passphrase".
const (
	publicKey  = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAwkMh3YK+ElGsUuywVuwUYVf4XzqyHEmmSTGPkDl0bV"
	privateKey = `-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABAMzOAyNF
R0Ue3+rKu37+tvAAAAEAAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIAwkMh3YK+ElGsUu
ywVuwUYVf4XzqyHEmmSTGPkDl0bVAAAAkNg6cRDRBM8fACGysS13FdmTxqFNt55iB1+yKH
KAj8tl8w07KAEuudiXZxaG+YkSHRlHP6FiUR2J+8KCnMpCmpFDraVqdc9/WM6I15i8MUvb
vytUOmHDybYwRDDMRdPxjGBOk9P2mGlcQxJbPeMeF8p6R+jV8JSzvqKOC5RYuBshcLjrYI
FYGfRHoIjrS1XZaA==
-----END OPENSSH PRIVATE KEY-----
`
)

func certificate() string {
	public, private, _ := ed25519.GenerateKey(rand.Reader)
	name := x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "ada"}}
	der, _ := x509.CreateCertificate(rand.Reader, &name, &name, public, private)
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

func plain(payload string) kms.BaseSecret {
	return kms.BaseSecret{Status: kms.SecretStatusPlain, Payload: payload}
}

// One of each kind, with all that can be said of it.
func filesystems() map[string]sdk.Filesystem {
	buffers := sdk.OSFsConfig{ReadBufferSize: 3, WriteBufferSize: 5}
	return map[string]sdk.Filesystem{
		"local": {Provider: sdk.LocalFilesystemProvider, OSConfig: buffers},
		"s3": {Provider: sdk.S3FilesystemProvider, S3Config: sdk.S3FsConfig{
			BaseS3FsConfig: sdk.BaseS3FsConfig{
				Bucket: "bucket", KeyPrefix: "prefix/", Region: "eu-west-1", AccessKey: "access",
				RoleARN: "arn:aws:iam::1:role/r", SessionToken: "token", Endpoint: "https://127.0.0.1:9000",
				StorageClass: "STANDARD_IA", ACL: "private", UploadPartSize: 8, UploadConcurrency: 3,
				DownloadPartSize: 7, UploadPartMaxTime: 60, DownloadConcurrency: 4, DownloadPartMaxTime: 61,
				ForcePathStyle: true, SkipTLSVerify: true,
			},
			AccessSecret: plain("s3 secret"), SSECustomerKey: plain("a key of thirty-two bytes length"),
		}},
		"gcs": {Provider: sdk.GCSFilesystemProvider, GCSConfig: sdk.GCSFsConfig{
			BaseGCSFsConfig: sdk.BaseGCSFsConfig{
				Bucket: "bucket", KeyPrefix: "prefix/", StorageClass: "NEARLINE", ACL: "publicRead",
				UploadPartSize: 8, UploadPartMaxTime: 60,
			},
			Credentials: plain(`{"type":"service_account"}`),
		}},
		"gcs-automatic": {Provider: sdk.GCSFilesystemProvider, GCSConfig: sdk.GCSFsConfig{
			BaseGCSFsConfig: sdk.BaseGCSFsConfig{Bucket: "bucket", AutomaticCredentials: 1},
		}},
		"azure": {Provider: sdk.AzureBlobFilesystemProvider, AzBlobConfig: sdk.AzBlobFsConfig{
			BaseAzBlobFsConfig: sdk.BaseAzBlobFsConfig{
				Container: "container", AccountName: "account", Endpoint: "http://127.0.0.1:10000",
				KeyPrefix: "prefix/", UploadPartSize: 8, UploadConcurrency: 3, DownloadPartSize: 7,
				DownloadConcurrency: 4, UseEmulator: true, AccessTier: "Cool",
			},
			AccountKey: plain("azure key"),
		}},
		"azure-sas": {Provider: sdk.AzureBlobFilesystemProvider, AzBlobConfig: sdk.AzBlobFsConfig{
			SASURL: plain("https://account.blob.core.windows.net/container?sig=x"),
		}},
		"crypt": {Provider: sdk.CryptedFilesystemProvider, CryptConfig: sdk.CryptFsConfig{
			OSFsConfig: buffers, Passphrase: plain("idGeThJapxSF7QQHfvXz-9+!"),
		}},
		"sftp": {Provider: sdk.SFTPFilesystemProvider, SFTPConfig: sdk.SFTPFsConfig{
			BaseSFTPFsConfig: sdk.BaseSFTPFsConfig{
				Endpoint: "127.0.0.1:2222", Username: "ada", Fingerprints: []string{"SHA256:abc"},
				Prefix: "/prefix", DisableCouncurrentReads: true, BufferSize: 2, EqualityCheckMode: 1,
			},
			Password: plain("sftp password"), PrivateKey: plain(privateKey), KeyPassphrase: plain("passphrase"),
		}},
		"http": {Provider: sdk.HTTPFilesystemProvider, HTTPConfig: sdk.HTTPFsConfig{
			BaseHTTPFsConfig: sdk.BaseHTTPFsConfig{
				Endpoint: "http://127.0.0.1:9999/v1", Username: "ada", SkipTLSVerify: true, EqualityCheckMode: 1,
			},
			Password: plain("http password"), APIKey: plain("http key"),
		}},
	}
}

func filters() sdk.BaseUserFilters {
	return sdk.BaseUserFilters{
		AllowedIP: []string{"127.0.0.0/8", "::1/128"}, DeniedIP: []string{"192.0.2.0/24"},
		DeniedLoginMethods: []string{"keyboard-interactive"}, DeniedProtocols: []string{"FTP"},
		FilePatterns: []sdk.PatternsFilter{{
			Path: "/in", AllowedPatterns: []string{"*.txt"}, DeniedPatterns: []string{"*.exe"},
			DenyPolicy: sdk.DenyPolicyHide,
		}},
		MaxUploadFileSize: 1 << 20, TLSUsername: sdk.TLSUsernameCN,
		Hooks:           sdk.HooksFilter{ExternalAuthDisabled: true, PreLoginDisabled: true, CheckPasswordDisabled: true},
		DisableFsChecks: true, WebClient: []string{"shares-without-password-disabled"}, AllowAPIKeyAuth: true,
		BandwidthLimits: []sdk.BandwidthLimit{
			{Sources: []string{"192.0.2.0/24"}, UploadBandwidth: 64, DownloadBandwidth: 65},
		},
		StartDirectory: "/start", TwoFactorAuthProtocols: []string{"HTTP"},
		FTPSecurity: 1, DefaultSharesExpiration: 5, MaxSharesExpiration: 10, PasswordExpiration: 90,
		PasswordStrength: 30, AccessTime: []sdk.TimePeriod{{DayOfWeek: 2, From: "08:00", To: "18:00"}},
	}
}

var permissions = map[string][]string{"/": {"*"}, "/in": {"list", "upload"}}

func mounts() []sdk.VirtualFolder {
	return []sdk.VirtualFolder{{
		BaseVirtualFolder: sdk.BaseVirtualFolder{Name: folderName},
		VirtualPath:       "/mounted", QuotaSize: 1 << 20, QuotaFiles: 10,
	}}
}

func folder(name string, fs sdk.Filesystem) any {
	return sdk.BaseVirtualFolder{Name: name, MappedPath: "/tmp/" + name, Description: "a folder", FsConfig: fs}
}

func group(name string, fs sdk.Filesystem) any {
	settings := sdk.BaseGroupUserSettings{
		HomeDir: "/tmp/%username%", MaxSessions: 3, QuotaSize: 1 << 30, QuotaFiles: 1000, Permissions: permissions,
		UploadBandwidth: 128, DownloadBandwidth: 129, TotalDataTransfer: 13, ExpiresIn: 30,
		Filters: filters(),
	}
	return sdk.Group{
		BaseGroup:      sdk.BaseGroup{Name: name, Description: "a group"},
		UserSettings:   sdk.GroupUserSettings{BaseGroupUserSettings: settings, FsConfig: fs},
		VirtualFolders: mounts(),
	}
}

func user(name string, fs sdk.Filesystem) any {
	base := sdk.BaseUser{
		Status: 1, Username: name, Email: "ada@example.com", ExpirationDate: 4102444800000,
		Password: "Us3r-pass-word-of-the-test", PublicKeys: []string{publicKey}, HomeDir: "/tmp/" + name,
		UID: 1000, GID: 1001, MaxSessions: 3, QuotaSize: 1 << 30, QuotaFiles: 1000, Permissions: permissions,
		UploadBandwidth: 128, DownloadBandwidth: 129, UploadDataTransfer: 11, DownloadDataTransfer: 12,
		Description: "a user", AdditionalInfo: "info",
		Groups: []sdk.GroupMapping{{Name: groupName, Type: sdk.GroupTypeSecondary}}, Role: roleName,
	}
	filters := filters()
	filters.TLSCerts, filters.UserType = []string{certificate()}, "LDAPUser" // Groups have none of these.
	return sdk.User{
		BaseUser: base,
		Filters: sdk.UserFilters{
			BaseUserFilters: filters, RequirePasswordChange: true, AdditionalEmails: []string{"ada@example.org"},
		},
		VirtualFolders: mounts(), FsConfig: fs,
	}
}
