// Gives a fresh Jenkins, which has no plugins, the administrator and the ordinary user of `npm run acceptance`.
import hudson.security.HudsonPrivateSecurityRealm
import hudson.security.LegacyAuthorizationStrategy
import jenkins.model.Jenkins
import jenkins.security.apitoken.ApiTokenPropertyConfiguration
import org.acegisecurity.acls.sid.PrincipalSid

def environment = System.getenv()
def realm = new HudsonPrivateSecurityRealm(false, false, null)
realm.createAccount(environment.JENKINS_USER_ID, environment.JENKINS_PASSWORD)
realm.createAccount(environment.JENKINS_OTHER_USER_ID, environment.JENKINS_OTHER_PASSWORD)

// Without plugins no strategy knows an administrator by name; in this one the name can be added at each start.
def strategy = new LegacyAuthorizationStrategy()
strategy.rootACL.add(new PrincipalSid(environment.JENKINS_USER_ID), Jenkins.ADMINISTER, true)

def jenkins = Jenkins.get()
jenkins.securityRealm = realm
jenkins.authorizationStrategy = strategy
ApiTokenPropertyConfiguration.get().creationOfLegacyTokenEnabled = true
