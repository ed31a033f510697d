/*
 * Judges documents by the European Commission's library (DSS), for tests:
 *
 *     java -cp JARS Judge.java ROOT.pem TIME < LIST
 *
 * ROOT is the one anchor, TIME the validation time (ISO 8601); nothing is
 * fetched.  A line of LIST is a path, and behind a tab the file that the
 * signature is detached from.  For each line one is printed: the path, and a
 * column for each signature: id|format|indication|sub-indication|intact|valid|
 * what is wrong.
 */
import eu.europa.esig.dss.diagnostic.DiagnosticData;
import eu.europa.esig.dss.diagnostic.SignatureWrapper;
import eu.europa.esig.dss.enumerations.Indication;
import eu.europa.esig.dss.enumerations.SubIndication;
import eu.europa.esig.dss.jaxb.object.Message;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.reports.Reports;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;

public class Judge {
    private static String column(SimpleReport simple, DiagnosticData data, String id) {
        SignatureWrapper signature = data.getSignatureById(id);
        Indication indication = simple.getIndication(id);
        SubIndication sub = simple.getSubIndication(id);
        List<String> wrong = new ArrayList<>();
        for (Message m : simple.getAdESValidationErrors(id))
            wrong.add(m.getValue());
        return String.join("|", signature.getId(), String.valueOf(signature.getSignatureFormat()),
            String.valueOf(indication), String.valueOf(sub),
            String.valueOf(signature.isSignatureIntact()),
            String.valueOf(signature.isSignatureValid()), String.join("; ", wrong));
    }

    private static String judge(String line, CommonTrustedCertificateSource anchors, Date time) {
        String[] part = line.split("\t");
        CommonCertificateVerifier verifier = new CommonCertificateVerifier();
        verifier.setTrustedCertSources(anchors);
        SignedDocumentValidator validator =
            SignedDocumentValidator.fromDocument(new FileDocument(new File(part[0])));
        validator.setCertificateVerifier(verifier);
        validator.setValidationTime(time);
        if (part.length > 1) {
            List<DSSDocument> detached = new ArrayList<>();
            detached.add(new FileDocument(new File(part[1])));
            validator.setDetachedContents(detached);
        }
        Reports reports = validator.validateDocument();
        StringBuilder row = new StringBuilder(part[0]);
        for (String id : reports.getSimpleReport().getSignatureIdList())
            row.append('\t').append(column(
                reports.getSimpleReport(), reports.getDiagnosticData(), id));
        return row.toString().replace('\n', ' ');
    }

    public static void main(String[] args) throws Exception {
        CommonTrustedCertificateSource anchors = new CommonTrustedCertificateSource();
        anchors.addCertificate(DSSUtils.loadCertificate(new File(args[0])));
        Date time = Date.from(Instant.parse(args[1]));
        BufferedReader in =
            new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String row;
            try {
                row = judge(line, anchors, time);
            } catch (Exception e) {
                row = line.split("\t")[0] + "\t|" + e.getClass().getSimpleName() + "||||"
                    + String.valueOf(e.getMessage()).replace('\n', ' ');
            }
            System.out.println(row);
            System.out.flush();
        }
    }
}
