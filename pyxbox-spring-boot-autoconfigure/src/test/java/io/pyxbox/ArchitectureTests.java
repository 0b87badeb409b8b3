package io.pyxbox;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.CallableStatement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.Statement;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.Timer;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.beans.factory.config.BeanFactoryPostProcessor;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingClass;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.context.annotation.Bean;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * How the code is built, as rules. What a package may import stands in its
 * {@code package-info.java} and is read from there.
 */
class ArchitectureTests {

	private static final Path OUTPUT = Path.of(System.getProperty("pyxbox.classes", "target/classes"));

	private static final Path SOURCES = Path.of("src/main/java/io/pyxbox");

	private static final String NOWHERE = "nowhere";

	/** Libraries that not everybody needs, and the one package that may import each. */
	private static final Map<String, String> LIBRARIES = Map.ofEntries(Map.entry("org.flywaydb", "io.pyxbox.schema"),
			Map.entry("com.zaxxer.hikari", "io.pyxbox.autoconfigure"),
			Map.entry("com.fasterxml.uuid", "io.pyxbox.emit"), Map.entry("org.springframework.orm", NOWHERE),
			Map.entry("jakarta", NOWHERE), Map.entry("org.hibernate", NOWHERE), Map.entry("org.jooq", NOWHERE),
			Map.entry("liquibase", NOWHERE), Map.entry("io.micrometer", NOWHERE),
			Map.entry("org.springframework.kafka", "io.pyxbox.[publish|inbox].kafka"),
			Map.entry("org.apache.kafka", "io.pyxbox.[publish|inbox].kafka"),
			Map.entry("org.springframework.amqp", "io.pyxbox.[publish.rabbit|inbox.amqp]"),
			Map.entry("com.rabbitmq", "io.pyxbox.publish.rabbit"),
			Map.entry("org.springframework.messaging", "io.pyxbox.inbox.messaging"),
			Map.entry("software.amazon", "io.pyxbox.publish.[aws|sqs|kinesis]"),
			Map.entry("software.amazon.awssdk.services.sqs", "io.pyxbox.publish.sqs"),
			Map.entry("software.amazon.awssdk.services.kinesis", "io.pyxbox.publish.kinesis"),
			Map.entry("io.awspring", NOWHERE), Map.entry("org.springframework.boot.flyway", NOWHERE),
			Map.entry("org.springframework.boot.actuate", NOWHERE),
			Map.entry("org.springframework.boot.health", NOWHERE), Map.entry("org.springframework.web", NOWHERE),
			Map.entry("com.github.luben", "io.pyxbox.codec"), Map.entry("org.slf4j", "io.pyxbox.context"),
			Map.entry("ch.qos.logback", NOWHERE), Map.entry("java.util.logging", NOWHERE),
			Map.entry("com.fasterxml.jackson", NOWHERE));

	/** Those of the engine that make or keep threads. */
	private static final String POOL = "io\\.pyxbox\\.dispatch\\."
			+ "(OutboxPoller|PollerRun|ThreadStarter|PlatformThreads|ConsumerCalls|CallWatch|ClaimKeepAlive|WakeUpSender)(\\$.*)?";

	private static final Set<String> ABOUT_THE_OWN_THREAD = Set.of("currentThread", "interrupt", "interrupted", "sleep",
			"isInterrupted");

	private static final double PUBLIC_TYPES = 0.60;

	private static final JavaClasses CLASSES = new ClassFileImporter().importPath(OUTPUT);

	@Test
	void packagesAreFreeOfCycles() {
		slices().matching("io.pyxbox.(**)").should().beFreeOfCycles().check(CLASSES);
	}

	@Test
	void packagesImportNoMoreOfOursThanTheirDescriptionAllows() throws IOException {
		for (JavaPackage each : packages()) {
			Set<String> allowed = allowedImports(each.getName());
			allowed.add(each.getName());

			ArchRule rule = noClasses().that()
				.resideInAPackage(each.getName())
				.should()
				.dependOnClassesThat(
						resideInAPackage("io.pyxbox..").and(not(resideInAnyPackage(allowed.toArray(String[]::new)))))
				.as(each.getName() + " should import of ours no more than " + allowed);

			rule.check(CLASSES);
		}
	}

	@Test
	void everyPackageIsNullMarkedAndDescribed() {
		assertThat(packages()).isNotEmpty().allSatisfy((each) -> {
			assertThat(each.isAnnotatedWith(NullMarked.class)).as(each + " is @NullMarked").isTrue();
			assertThat(description(each.getName())).as(each + " is described").contains("import");
		});
	}

	@Test
	void descriptionsOfPackagesNameTypesThatExist() {
		assertThat(packages()).allSatisfy((each) -> {
			Matcher links = Pattern.compile("\\{@link ([\\w.]+)}").matcher(description(each.getName()));
			while (links.find()) {
				assertThat(CLASSES.contain(links.group(1))).as(each + " names " + links.group(1)).isTrue();
			}
		});
	}

	@Test
	void eachOptionalLibraryIsImportedByOnePackageOnly() {
		LIBRARIES.forEach((library, importer) -> noClasses().that()
			.resideOutsideOfPackage(importer)
			.should()
			.dependOnClassesThat()
			.resideInAPackage(library + "..")
			.as("Only " + importer + " should import " + library)
			.check(CLASSES));
	}

	@Test
	void theDriverIsKnownOnlyWhereStatementsAndTransactionsAre() {
		noClasses().that()
			.resideOutsideOfPackages("io.pyxbox.store", "io.pyxbox.transaction")
			.should()
			.dependOnClassesThat()
			.resideInAPackage("org.postgresql..")
			.check(CLASSES);
	}

	@Test
	void theEngineKnowsNothingOfTransactionsBeansAndBoot() {
		noClasses().that()
			.resideInAPackage("io.pyxbox.dispatch")
			.should()
			.dependOnClassesThat(resideInAPackage("org.springframework..")
				.and(not(resideInAPackage("org.springframework.util.backoff")))
				.and(not(nameMatching("org\\.springframework\\.context\\.(SmartLifecycle|Lifecycle|Phased)"))))
			.check(CLASSES);
	}

	@Test
	void onlyThePoolOfTheEngineHasThreads() {
		noClasses().that()
			.resideInAPackage("io.pyxbox..")
			.and(not(nameMatching(POOL)))
			.and()
			.resideOutsideOfPackages("io.pyxbox.autoconfigure", "io.pyxbox.standalone")
			.should()
			.dependOnClassesThat(assignableTo(Executor.class).or(assignableTo(ThreadFactory.class))
				.or(assignableTo(Executors.class))
				.or(assignableTo(Timer.class)))
			.orShould()
			.callMethodWhere(DescribedPredicate.describe("a method of another thread",
					(call) -> call.getTargetOwner().isEquivalentTo(Thread.class)
							&& !ABOUT_THE_OWN_THREAD.contains(call.getName())))
			.orShould()
			.callConstructorWhere(DescribedPredicate.describe("a thread",
					(call) -> call.getTargetOwner().isAssignableTo(Thread.class)))
			.check(CLASSES);
	}

	/**
	 * Clients of AWS answer with futures, on threads of their own.
	 */
	@Test
	void onlyWhatHasClientsOfAwsHasFutures() {
		noClasses().that()
			.resideInAPackage("io.pyxbox..")
			.and(not(nameMatching(POOL)))
			.and()
			.resideOutsideOfPackages("io.pyxbox.autoconfigure", "io.pyxbox.publish.[aws|sqs|kinesis]")
			.should()
			.dependOnClassesThat(assignableTo(CompletableFuture.class))
			.check(CLASSES);
	}

	@Test
	void sqlIsExecutedWhereItBelongs() {
		noClasses().that()
			.resideOutsideOfPackages("io.pyxbox.store", "io.pyxbox.schema")
			.and(not(
					nameMatching("io\\.pyxbox\\.transaction\\.(LazySavepoints|PiggybackStatement|Savepoints)(\\$.*)?")))
			.should()
			.dependOnClassesThat(assignableTo(Statement.class).or(assignableTo(PreparedStatement.class))
				.or(assignableTo(CallableStatement.class))
				.or(resideInAPackage("org.springframework.jdbc.core..")))
			.orShould()
			.callMethodWhere(DescribedPredicate.describe("a method that makes statements",
					(call) -> isOf(Connection.class, call.getTarget())
							&& (call.getName().startsWith("prepare") || call.getName().equals("createStatement"))))
			.check(CLASSES);
	}

	@Test
	void autoConfigurationsAreFinalAndShowNothing() {
		classes().that()
			.areAnnotatedWith(AutoConfiguration.class)
			.should()
			.bePublic()
			.andShould()
			.haveModifier(JavaModifier.FINAL)
			.andShould()
			.haveSimpleNameEndingWith("AutoConfiguration")
			.check(CLASSES);
		noMethods().that()
			.areDeclaredInClassesThat()
			.areAnnotatedWith(AutoConfiguration.class)
			.should()
			.bePublic()
			.check(CLASSES);
		noFields().that()
			.areDeclaredInClassesThat()
			.areAnnotatedWith(AutoConfiguration.class)
			.should()
			.bePublic()
			.check(CLASSES);
	}

	@Test
	void autoConfigurationsAreRegistered() throws IOException {
		Set<String> registered = new HashSet<>();
		try (Stream<Path> files = Files.list(OUTPUT.resolve("META-INF/spring"))) {
			for (Path imports : files.filter((file) -> file.toString().endsWith(".imports")).toList()) {
				registered.addAll(Files.readAllLines(imports));
			}
		}

		assertThat(CLASSES.stream().filter((each) -> each.isAnnotatedWith(AutoConfiguration.class)))
			.extracting(JavaClass::getName)
			.isSubsetOf(registered);
	}

	@Test
	void beanMethodsArePackagePrivateAndNamedAfterTheLibrary() {
		methods().that()
			.areAnnotatedWith(Bean.class)
			.should()
			.bePackagePrivate()
			.andShould()
			.haveNameStartingWith("pyxbox")
			.check(CLASSES);
	}

	@Test
	void conditionsOnClassesAreNotOnBeanMethodsWhoseSignaturesWouldBeReadFirst() {
		noMethods().should()
			.beAnnotatedWith(ConditionalOnClass.class)
			.orShould()
			.beAnnotatedWith(ConditionalOnMissingClass.class)
			.check(CLASSES);
	}

	@Test
	void methodsOfPostProcessorBeansAreStatic() {
		methods().that()
			.areAnnotatedWith(Bean.class)
			.and()
			.haveRawReturnType(assignableTo(BeanPostProcessor.class).or(assignableTo(BeanFactoryPostProcessor.class)))
			.should()
			.beStatic()
			.allowEmptyShould(true)
			.check(CLASSES);
	}

	@Test
	void dependenciesComeThroughConstructors() {
		noFields().should()
			.beAnnotatedWith(Autowired.class)
			.orShould()
			.beAnnotatedWith(Value.class)
			.orShould()
			.beAnnotatedWith("jakarta.annotation.Resource")
			.orShould()
			.beAnnotatedWith("jakarta.inject.Inject")
			.check(CLASSES);
		noMethods().should().beAnnotatedWith(Autowired.class).check(CLASSES);
	}

	@Test
	void nothingStaticCanChange() {
		fields().that().areStatic().should().beFinal().check(CLASSES);
		assertThat(CLASSES.stream().flatMap((each) -> staticFields(each.reflect())))
			.allSatisfy((field) -> assertThat(isMutable(valueOf(field))).as(field + " can change").isFalse());
	}

	@Test
	void aTypeIsPublicOnlyIfAnotherPackageNeedsItOrItIsForApplications() {
		Set<String> unneeded = CLASSES.stream()
			.filter((each) -> isTopLevel(each) && each.getModifiers().contains(JavaModifier.PUBLIC))
			.filter((each) -> !isForApplications(each) && !isNeededElsewhere(each))
			.map(JavaClass::getName)
			.collect(Collectors.toCollection(TreeSet::new));

		assertThat(unneeded).as("public types that could be package-private").isEmpty();
	}

	@Test
	void fewTypesArePublic() {
		Map<String, int[]> counts = new TreeMap<>();
		CLASSES.stream().filter(ArchitectureTests::isTopLevel).forEach((each) -> {
			int[] count = counts.computeIfAbsent(each.getPackageName(), (name) -> new int[2]);
			count[0]++;
			count[1] += each.getModifiers().contains(JavaModifier.PUBLIC) ? 1 : 0;
		});

		StringJoiner summary = new StringJoiner("\n");
		counts.forEach((name, count) -> summary.add(name + ": " + count[1] + " of " + count[0]));
		int types = counts.values().stream().mapToInt((count) -> count[0]).sum();
		int publicTypes = counts.values().stream().mapToInt((count) -> count[1]).sum();
		assertThat((double) publicTypes / types).as(summary.toString()).isLessThan(PUBLIC_TYPES);
	}

	private static Collection<JavaPackage> packages() {
		Set<JavaPackage> packages = new HashSet<>();
		CLASSES.stream().map(JavaClass::getPackage).forEach(packages::add);
		return packages;
	}

	/** Reads the sentence that begins with "May import". */
	private static Set<String> allowedImports(String name) throws IOException {
		Set<String> allowed = new TreeSet<>();
		String description = description(name);
		if (description.contains("imports nothing else of ours")) {
			return allowed;
		}
		allowed.add("io.pyxbox");
		if (description.contains("May import every other package")) {
			allowed.add("io.pyxbox..");
			return allowed;
		}
		Matcher sentence = Pattern.compile("May import .+?\\.(?= |$)").matcher(description);
		assertThat(sentence.find()).as("The description of " + name + " says what it may import").isTrue();
		Matcher packages = Pattern.compile("\\{@code ([\\w.]+)}").matcher(sentence.group());
		while (packages.find()) {
			allowed.add("io.pyxbox." + packages.group(1));
		}
		return allowed;
	}

	private static String description(String name) {
		Path file = SOURCES
			.resolve(name.equals("io.pyxbox") ? "." : name.substring("io.pyxbox.".length()).replace('.', '/'))
			.resolve("package-info.java");
		try {
			return Files.readString(file).replaceAll("\\s+\\*?\\s*", " ");
		}
		catch (IOException ex) {
			return "";
		}
	}

	private static boolean isOf(Class<?> type, AccessTarget target) {
		return target.getOwner().isAssignableTo(type);
	}

	private static boolean isTopLevel(JavaClass type) {
		return type.isTopLevelClass() && !type.getSimpleName().equals("package-info");
	}

	private static boolean isForApplications(JavaClass type) {
		return type.getPackageName().equals("io.pyxbox") || type.isAssignableTo(PyxboxException.class)
				|| type.getPackageName().equals("io.pyxbox.standalone") || type.isAnnotation()
				|| type.isInterface() && type.getSimpleName().endsWith("Customizer")
				|| type.isAnnotatedWith(AutoConfiguration.class) || type.isAnnotatedWith(ConfigurationProperties.class);
	}

	private static boolean isNeededElsewhere(JavaClass type) {
		return type.getDirectDependenciesToSelf()
			.stream()
			.anyMatch((dependency) -> !dependency.getOriginClass().getPackageName().equals(type.getPackageName()));
	}

	private static Stream<Field> staticFields(Class<?> type) {
		return Stream.of(type.getDeclaredFields())
			.filter((field) -> Modifier.isStatic(field.getModifiers()) && !field.isSynthetic());
	}

	private static Object valueOf(Field field) {
		try {
			field.setAccessible(true);
			return field.get(null);
		}
		catch (IllegalAccessException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static boolean isMutable(Object value) {
		if (value instanceof Collection || value instanceof Map) {
			return !value.getClass().getName().startsWith("java.util.ImmutableCollections");
		}
		String type = value.getClass().getName();
		return value.getClass().isArray() || value instanceof ThreadLocal || value instanceof StringBuilder
				|| type.startsWith("java.util.concurrent.") && !(value instanceof Enum);
	}

}
