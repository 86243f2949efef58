import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;
import de.bwaldvogel.mongo.backend.h2.H2Backend;
import java.util.List;

/** Runs mongo-java-server on a loopback port over one H2 file: {@code Launcher FILE PORT}. */
class Launcher {
    /** What current drivers ask for: the server's own default is wire version 8, which they refuse. */
    record Version(List<Integer> getVersionArray, int getWireVersion) implements MongoVersion {}

    public static void main(String[] arguments) {
        var backend = new H2Backend(arguments[0]);
        backend.version(new Version(List.of(5, 0, 0), 13));
        var server = new MongoServer(backend);
        // H2 writes once a second: an orderly end is what keeps the last writes.
        Runtime.getRuntime().addShutdownHook(new Thread(server::shutdownNow));
        server.bind("127.0.0.1", Integer.parseInt(arguments[1]));
    }
}
