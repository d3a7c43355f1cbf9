// The Simple framework: java -cp /usr/share/java/simple-http.jar:. Simple PORT
import java.io.PrintStream;
import java.net.InetSocketAddress;
import org.simpleframework.http.Request;
import org.simpleframework.http.Response;
import org.simpleframework.http.core.Container;
import org.simpleframework.http.core.ContainerServer;
import org.simpleframework.transport.connect.SocketConnection;

public class Simple implements Container {
    public void handle(Request q, Response r) {
        try {
            String path = q.getPath().getPath();
            PrintStream out = r.getPrintStream();
            if (path.equals("/sig")) { r.setCode(401); r.setText("Unauthorized"); out.print("webhook signature mismatch"); }
            else if (path.equals("/sig-bare")) r.setCode(403);
            else if (path.equals("/boom")) throw new IllegalStateException("no workspace in the event");
            else if (path.equals("/ok")) out.print("ok");
            else { r.setCode(404); out.print("not found"); }
            out.close();
        } catch (java.io.IOException error) { throw new RuntimeException(error); }
    }
    public static void main(String[] v) throws Exception {
        new SocketConnection(new ContainerServer(new Simple())).connect(new InetSocketAddress("127.0.0.1", Integer.parseInt(v[0])));
        Thread.sleep(600000);
    }
}
