// A client of Apache MINA SSHD; ../README.md is its contract.

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyPair;
import java.security.PublicKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.sshd.client.ClientBuilder;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.auth.keyboard.UserAuthKeyboardInteractiveFactory;
import org.apache.sshd.client.auth.keyboard.UserInteraction;
import org.apache.sshd.client.auth.password.UserAuthPasswordFactory;
import org.apache.sshd.client.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.client.config.hosts.HostConfigEntryResolver;
import org.apache.sshd.client.keyverifier.AcceptAllServerKeyVerifier;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.BuiltinFactory;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.cipher.BuiltinCiphers;
import org.apache.sshd.common.config.keys.FilePasswordProvider;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.kex.BuiltinDHFactories;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.common.mac.BuiltinMacs;
import org.apache.sshd.common.signature.BuiltinSignatures;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.sftp.client.SftpClient;
import org.apache.sshd.sftp.client.SftpClientFactory;

public class MinaClient {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    public static void main(String[] arguments) throws IOException {
        // Whatever the locale says.
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = in.readLine()) != null; ) {
            List<String> words = Arrays.asList(line.trim().split("\\s+"));
            try {
                List<String> answer = new ArrayList<>(List.of("ok"));
                answer.addAll(serve(words.get(0), words.subList(1, words.size())));
                out.println(String.join(" ", answer));
            } catch (Exception failure) {
                failure.printStackTrace();
                out.println("failed " + failure.toString().replace('\n', ' '));
            }
        }
    }

    private static List<String> serve(String request, List<String> words) throws Exception {
        return switch (request) {
            case "offers" -> words.stream().skip(1).filter(name -> offers(words.get(0), name)).toList();
            case "session" -> session(words);
            default -> throw new IllegalArgumentException("no request " + request);
        };
    }

    private static boolean offers(String family, String name) {
        BuiltinFactory<?> factory =
                switch (family) {
                    case "cipher" -> BuiltinCiphers.fromFactoryName(name);
                    case "mac" -> BuiltinMacs.fromFactoryName(name);
                    case "hostkey" -> BuiltinSignatures.fromFactoryName(name);
                    default -> null;
                };
        if (family.equals("kex")) {
            BuiltinDHFactories method = BuiltinDHFactories.fromFactoryName(name);
            return method != null && method.isSupported();
        }
        return factory != null && factory.isSupported();
    }

    private static List<String> session(List<String> words) throws Exception {
        Map<String, String> options = new HashMap<>();
        for (String word : words) {
            String[] pair = word.split("=", 2);
            options.put(pair[0], pair[1]);
        }
        try (SshClient client = configure(options)) {
            client.start();
            int port = Integer.parseInt(options.get("port"));
            try (ClientSession session =
                    client.connect(options.get("user"), "127.0.0.1", port).verify(LIMIT).getSession()) {
                logIn(session, options);
                return steps(session, words);
            }
        }
    }

    private static SshClient configure(Map<String, String> options) {
        SshClient client = SshClient.setUpDefaultClient();
        client.setServerKeyVerifier(AcceptAllServerKeyVerifier.INSTANCE);
        client.setHostConfigEntryResolver(HostConfigEntryResolver.EMPTY);
        client.setKeyIdentityProvider(KeyIdentityProvider.EMPTY_KEYS_PROVIDER);
        CoreModuleProperties.PREFERRED_AUTHS.set(client, options.get("auth").replace('+', ','));
        // The session's list is pinned with the host key's algorithm, and users' keys would fall under it.
        UserAuthPublicKeyFactory keys = new UserAuthPublicKeyFactory();
        keys.setSignatureFactories(List.copyOf(BuiltinSignatures.VALUES));
        client.setUserAuthFactories(
                List.of(keys, UserAuthPasswordFactory.INSTANCE, UserAuthKeyboardInteractiveFactory.INSTANCE));
        if (options.containsKey("rekey")) {
            CoreModuleProperties.REKEY_BYTES_LIMIT.set(client, Long.parseLong(options.get("rekey")));
        }
        if (options.containsKey("kex")) {
            client.setKeyExchangeFactories(
                    NamedFactory.setUpTransformedFactories(
                            false,
                            List.of(BuiltinDHFactories.fromFactoryName(options.get("kex"))),
                            ClientBuilder.DH2KEX));
        }
        if (options.containsKey("cipher")) {
            client.setCipherFactories(List.of(BuiltinCiphers.fromFactoryName(options.get("cipher"))));
        }
        if (options.containsKey("mac")) {
            client.setMacFactories(List.of(BuiltinMacs.fromFactoryName(options.get("mac"))));
        }
        if (options.containsKey("hostkey")) {
            client.setSignatureFactories(List.of(BuiltinSignatures.fromFactoryName(options.get("hostkey"))));
        }
        return client;
    }

    private static void logIn(ClientSession session, Map<String, String> options) throws Exception {
        String password = options.get("password");
        if (password != null) {
            session.addPasswordIdentity(password);
            session.setUserInteraction(new SameAnswer(password));
        }
        if (options.containsKey("key")) {
            session.addPublicKeyIdentity(keyPair(options.get("key"), options.get("certificate")));
        }
        session.auth().verify(LIMIT);
    }

    private static KeyPair keyPair(String key, String certificate) throws Exception {
        KeyPair pair;
        try (InputStream pem = Files.newInputStream(Path.of(key))) {
            pair =
                    SecurityUtils.loadKeyPairIdentities(
                                    null, NamedResource.ofName(key), pem, FilePasswordProvider.EMPTY)
                            .iterator()
                            .next();
        }
        if (certificate == null) {
            return pair;
        }
        String line = Files.readString(Path.of(certificate));
        PublicKey signed = PublicKeyEntry.parsePublicKeyEntry(line).resolvePublicKey(null, null, null);
        return new KeyPair(signed, pair.getPrivate());
    }

    private static List<String> steps(ClientSession session, List<String> words) throws IOException {
        List<String> listed = new ArrayList<>();
        try (SftpClient sftp = SftpClientFactory.instance().createSftpClient(session)) {
            for (String word : words) {
                String[] pair = word.split("=", 2);
                String[] names = pair[1].split(":", 2);
                switch (pair[0]) {
                    case "put" -> sftp.put(Path.of(names[0]), names[1]);
                    case "get" -> get(sftp, names[0], Path.of(names[1]));
                    case "list" -> {
                        for (SftpClient.DirEntry entry : sftp.readDir(pair[1])) {
                            listed.add(entry.getFilename());
                        }
                    }
                    case "rename" -> sftp.rename(names[0], names[1]);
                    case "remove" -> sftp.remove(pair[1]);
                    default -> {} // an option
                }
            }
        }
        listed.removeIf(name -> name.equals(".") || name.equals(".."));
        return listed;
    }

    private static void get(SftpClient sftp, String remote, Path local) throws IOException {
        try (InputStream content = sftp.read(remote)) {
            Files.copy(content, local, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** Answers every question with the one secret there is. */
    private record SameAnswer(String answer) implements UserInteraction {
        @Override
        public boolean isInteractionAllowed(ClientSession session) {
            return true;
        }

        @Override
        public String[] interactive(
                ClientSession session, String name, String instruction, String lang, String[] prompts, boolean[] echo) {
            String[] answers = new String[prompts.length];
            Arrays.fill(answers, answer);
            return answers;
        }

        @Override
        public String getUpdatedPassword(ClientSession session, String prompt, String lang) {
            return null;
        }
    }
}
