import org.apache.unomi.api.services.EventService
import org.apache.unomi.groovy.actions.annotations.Action
import org.apache.unomi.groovy.actions.annotations.Parameter

/** Tells the connector whose profile changed. It waits for nothing: Unomi goes on at once, and a call that fails is no loss. */
@Action(id = "loyaltyTellConnector", actionExecutor = "groovy:loyaltyTellConnector",
        parameters = [@Parameter(id = "url", type = "string", multivalued = false)])
def execute() {
    def id = event.profile?.itemId
    def url = action.parameterValues.url
    if (id?.startsWith("mem_") && url) {
        Thread.startDaemon("loyalty-tell-connector") {
            try {
                def connection = new URL(url).openConnection()
                connection.requestMethod = "POST"
                connection.connectTimeout = 2000
                connection.readTimeout = 2000
                connection.doOutput = true
                connection.setRequestProperty("Content-Type", "application/json")
                connection.outputStream.withCloseable { it << "{\"profile_id\": \"${id}\"}" }
                connection.responseCode
            } catch (IOException ignored) {
                // the connector looks by itself, too
            }
        }
    }
    return EventService.NO_CHANGE
}
