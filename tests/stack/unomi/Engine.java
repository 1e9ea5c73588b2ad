import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.codelibs.elasticsearch.runner.ElasticsearchClusterRunner;
import org.elasticsearch.client.node.NodeClient;
import org.elasticsearch.cluster.metadata.IndexNameExpressionResolver;
import org.elasticsearch.cluster.node.DiscoveryNodes;
import org.elasticsearch.common.settings.ClusterSettings;
import org.elasticsearch.common.settings.IndexScopedSettings;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.settings.SettingsFilter;
import org.elasticsearch.index.mapper.Mapper;
import org.elasticsearch.index.mapper.ObjectMapper;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.plugins.MapperPlugin;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.BytesRestResponse;
import org.elasticsearch.rest.RestController;
import org.elasticsearch.rest.RestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestStatus;

/** The search engine of a test Unomi: one Elasticsearch node on loopback. Arguments: data folder, HTTP port. */
public class Engine {

  public static void main(String[] args) throws Exception {
    String folder = args[0];
    int port = Integer.parseInt(args[1]);
    ElasticsearchClusterRunner runner = new ElasticsearchClusterRunner();
    runner.onBuild((number, settings) -> {
      settings.put("http.host", "127.0.0.1");
      settings.put("http.port", port);
      settings.put("transport.host", "127.0.0.1");
      settings.put("transport.port", port + 100);
      settings.put("discovery.type", "single-node");
      settings.remove("cluster.initial_master_nodes");
      settings.remove("discovery.seed_hosts");
      settings.put("cluster.routing.allocation.disk.threshold_enabled", false); // a full disk must not stop a test
      settings.put("action.auto_create_index", true);
    });
    runner.build(ElasticsearchClusterRunner.newConfigs()
        .basePath(folder)
        .numOfNode(1)
        .baseHttpPort(port - 1)
        .clusterName("contextElasticSearch")
        .pluginTypes("Engine$Extras")
        .useLogger());
    Runtime.getRuntime().addShutdownHook(new Thread(() -> close(runner)));
    runner.ensureYellow();
    System.out.println("ready on 127.0.0.1:" + port);
    Thread.currentThread().join();
  }

  private static void close(ElasticsearchClusterRunner runner) {
    try {
      runner.close();
    } catch (Exception e) {
      e.printStackTrace();
    }
  }

  /**
   * What Unomi uses of the commercial extension, as far as it needs it: the field type "flattened" is an object that is
   * stored and not indexed; index lifecycle policies are accepted and never run (nothing rolls over in a test).
   */
  public static class Extras extends Plugin implements MapperPlugin, ActionPlugin {
    @Override
    public Map<String, Mapper.TypeParser> getMappers() {
      return Map.of("flattened", (name, node, context) -> {
        node.clear();
        node.put("type", "object");
        node.put("enabled", false);
        return new ObjectMapper.TypeParser().parse(name, node, context);
      });
    }

    @Override
    public List<Setting<?>> getSettings() {
      return List.of(
          Setting.simpleString("index.lifecycle.name", Setting.Property.IndexScope, Setting.Property.Dynamic),
          Setting.simpleString("index.lifecycle.rollover_alias", Setting.Property.IndexScope, Setting.Property.Dynamic));
    }

    @Override
    public List<RestHandler> getRestHandlers(Settings settings, RestController controller, ClusterSettings cluster,
        IndexScopedSettings indexScoped, SettingsFilter filter, IndexNameExpressionResolver resolver,
        Supplier<DiscoveryNodes> nodes) {
      return List.of(new PolicyHandler());
    }
  }

  private static class PolicyHandler extends BaseRestHandler {
    @Override
    public String getName() {
      return "lifecycle_policy_accepted";
    }

    @Override
    public List<Route> routes() {
      return List.of(new Route(RestRequest.Method.PUT, "/_ilm/policy/{name}"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
      // what is not read counts as an unknown parameter
      request.param("name");
      request.param("master_timeout");
      request.param("timeout");
      request.content();
      return channel -> channel.sendResponse(
          new BytesRestResponse(RestStatus.OK, "application/json", "{\"acknowledged\":true}"));
    }
  }
}
