import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.SingleValidationMessage;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.PrePopulatedValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.r4.model.CodeSystem;

/**
 * The HAPI FHIR validator for R4, without any network: resources in, what is wrong with them out.
 *
 * <pre>java -cp 'build/fhir/validate.jar:build/fhir/lib/*' Validate [FILE...]</pre>
 *
 * Without files it reads standard input, one JSON resource per line. One line of JSON comes out per resource: an array of
 * {severity, location, id, message}. Exit status 1: a resource has an error, 2: it could not be read at all.
 */
public final class Validate {
    private Validate() {}

    public static void main(String[] args) throws IOException {
        FhirValidator validator = validator();
        boolean valid = true;
        if (args.length > 0) {
            for (String arg : args) valid &= report(validator, Files.readString(Path.of(arg)));
        } else {
            try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
                for (String line = in.readLine(); line != null; line = in.readLine()) if (!line.isBlank()) valid &= report(validator, line);
            }
        }
        System.exit(valid ? 0 : 1);
    }

    private static FhirValidator validator() {
        FhirContext context = FhirContext.forR4();
        ValidationSupportChain support = new ValidationSupportChain(
                labels(context),
                new DefaultProfileValidationSupport(context),
                new InMemoryTerminologyServerValidationSupport(context),
                new CommonCodeSystemsTerminologyService(context));
        FhirInstanceValidator instance = new FhirInstanceValidator(support);
        instance.setNoTerminologyChecks(false);
        instance.setErrorForUnknownProfiles(true);
        return context.newValidator().registerValidatorModule(instance);
    }

    /** HL7's terminology of today has AIAST; the copy that R4 was published with has not. */
    private static PrePopulatedValidationSupport labels(FhirContext context) {
        DefaultProfileValidationSupport published = new DefaultProfileValidationSupport(context);
        CodeSystem system = (CodeSystem) published.fetchCodeSystem("http://terminology.hl7.org/CodeSystem/v3-ObservationValue");
        PrePopulatedValidationSupport support = new PrePopulatedValidationSupport(context);
        if (system.getConcept().stream().noneMatch(concept -> "AIAST".equals(concept.getCode()))) {
            system = system.copy();
            system.addConcept().setCode("AIAST").setDisplay("Artificial Intelligence asserted");
            support.addCodeSystem(system);
        }
        return support;
    }

    private static boolean report(FhirValidator validator, String json) {
        var result = validator.validateWithResult(json);
        List<String> lines = result.getMessages().stream().map(Validate::line).collect(Collectors.toList());
        System.out.println("[" + String.join(",", lines) + "]");
        return result.isSuccessful();
    }

    private static String line(SingleValidationMessage message) {
        return "{\"severity\":" + quoted(String.valueOf(message.getSeverity()).toLowerCase())
                + ",\"location\":" + quoted(message.getLocationString())
                + ",\"id\":" + quoted(message.getMessageId())
                + ",\"message\":" + quoted(message.getMessage()) + "}";
    }

    private static String quoted(String text) {
        if (text == null) return "null";
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') out.append('\\').append(c);
            else if (c < ' ') out.append(String.format("\\u%04x", (int) c));
            else out.append(c);
        }
        return out.append('"').toString();
    }
}
